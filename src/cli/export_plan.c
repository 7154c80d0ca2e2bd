/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/export_plan.h"

#include <string.h>

#include "base/str.h"
#include "base/yaml.h"
#include "cli/diff_plan.h"
#include "cli/machine_row_plan.h"

#define MAX_NOTE (64 * 1024)

/* Fields of a YAML rack: what all of its machines have alike becomes a
 * default. */
struct field {
	enum rack_field field;
	const char *name;
	bool bmc;
	bool common; /* may be a default */
};

static const struct field fields[] = {
	{ RACK_NAME, "name", false, false },
	{ RACK_UNIT, "unit", false, false },
	{ RACK_MAC, "mac", false, false },
	{ RACK_IP, "ip", false, false },
	{ RACK_FIRMWARE, "firmware", false, true },
	{ RACK_ARCH, "arch", false, true },
	{ RACK_DISK, "disk", false, true },
	{ RACK_BMC_URL, "url", true, false },
	{ RACK_PASSWORD_FILE, "password_file", true, true },
	{ RACK_PASSWORD_ENV, "password_env", true, true },
	{ RACK_INSECURE, "insecure", true, true },
	{ RACK_PIN, "pin", true, false },
};

/* What there is, by name. */
struct source {
	const struct export_input *input;
	const json_t *hardware; /* the list */
	json_t *machines;
	json_t *secrets;
};

static void source_init(struct source *source, const struct export_input *input)
{
	source->input = input;
	source->hardware = input->hardware;
	source->machines = machine_row_index(input->machines);
	source->secrets = machine_row_index(input->secrets);
}

static void source_release(struct source *source)
{
	json_decref(source->machines);
	json_decref(source->secrets);
}

static const char *name_of(const json_t *object)
{
	const char *name = json_str_at(object, "metadata.name");

	return name ? name : "";
}

static void note(json_t *notes, const char *machine, const char *text)
{
	AUTO_FREE char *line = xasprintf("%s: %s", machine, text);

	json_array_append_new(notes, json_string(line));
}

/* What is referred to comes first. */
static void render_objects(const struct source *source, struct buf *out)
{
	size_t i;
	json_t *hardware;

	json_array_foreach (source->hardware, i, hardware) {
		const json_t *bmc = machine_row_bmc(source->machines, hardware);
		const json_t *const both[] = { bmc, hardware };

		for (size_t k = 0; k < ARRAY_LEN(both); k++) {
			AUTO_JSON json_t *bare = NULL;
			AUTO_FREE char *text = NULL;

			if (!both[k])
				continue;
			bare = diff_bare(both[k]);
			text = yaml_text(bare);
			buf_printf(out, "---\n%s", text);
		}
	}
}

/* A machine on its way into a rack: its fields, and what else it needs. */
static int read_row(const struct source *source, const json_t *hardware,
		    struct machine_row *row, struct err *err)
{
	const json_t *bmc = machine_row_bmc(source->machines, hardware);
	const json_t *secret = machine_row_secret(source->secrets, bmc);

	machine_row_read(hardware, bmc, secret, row);
	if (!*row->cells[RACK_BMC_URL])
		return 0;
	if (!*row->user)
		return err_set(err, ERR_DENIED,
			       "%s: the BMC's user is in its Secret, whose "
			       "values only the role admin sees; -o tinkerbell "
			       "needs none",
			       name_of(hardware));
	if (*row->cells[RACK_PASSWORD_FILE] || *row->cells[RACK_PASSWORD_ENV])
		return 0;
	if (!source->input->password_file && !source->input->password_env)
		return err_set(err, ERR_INVALID,
			       "%s: nobody knows where the BMC's password was "
			       "read from: expected --bmc-password-file or "
			       "--bmc-password-env",
			       name_of(hardware));
	row->cells[RACK_PASSWORD_FILE] = source->input->password_file
						 ? source->input->password_file
						 : "";
	row->cells[RACK_PASSWORD_ENV] =
		source->input->password_file ? "" : source->input->password_env;
	return 0;
}

/* The machines of one rack file: what stands once for all of them is the
 * same. */
static json_t *group_of(json_t *groups, const struct machine_row *row)
{
	size_t i;
	json_t *group;

	json_array_foreach (groups, i, group) {
		const char *gateway = json_str_at(group, "gateway");
		const json_t *servers = json_object_get(group, "nameservers");

		if (str_eq(json_str_at(group, "rack"), row->cells[RACK_RACK]) &&
		    str_eq(json_str_at(group, "subnet"), row->subnet) &&
		    str_eq(gateway ? gateway : "", row->gateway) &&
		    (servers ? json_equal(servers, row->nameservers)
			     : !json_array_size(row->nameservers)))
			return json_object_get(group, "machines");
	}
	group = json_object();
	json_object_set_new(group, "rack", json_string(row->cells[RACK_RACK]));
	json_object_set_new(group, "subnet", json_string(row->subnet));
	if (*row->gateway)
		json_object_set_new(group, "gateway",
				    json_string(row->gateway));
	if (json_array_size(row->nameservers))
		json_object_set_new(group, "nameservers",
				    json_deep_copy(row->nameservers));
	json_object_set_new(group, "defaults", json_object());
	json_object_set_new(group, "machines", json_array());
	json_array_append_new(groups, group);
	return json_object_get(group, "machines");
}

static json_t *machine_of(const struct machine_row *row)
{
	json_t *machine = json_object();

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const char *text = row->cells[fields[i].field];
		uint32_t number;
		json_t *value;

		if (!*text)
			continue;
		if (fields[i].field == RACK_UNIT &&
		    str_parse_u32(text, UINT32_MAX, &number))
			value = json_integer(number);
		else if (fields[i].field == RACK_INSECURE)
			value = json_true();
		else
			value = json_string(text);
		if (fields[i].bmc && !json_object_get(machine, "bmc"))
			json_object_set_new(machine, "bmc", json_object());
		json_object_set_new(fields[i].bmc
					    ? json_object_get(machine, "bmc")
					    : machine,
				    fields[i].name, value);
	}
	return machine;
}

/* The part of a machine, or of the defaults, where a field stands. */
static json_t *part_of(json_t *machine, const struct field *field)
{
	return field->bmc ? json_object_get(machine, "bmc") : machine;
}

/* Takes what all have alike out of each. Of BMCs, all that there are. */
static void find_default(json_t *group, const struct field *field)
{
	const json_t *machines = json_object_get(group, "machines");
	json_t *defaults = json_object_get(group, "defaults");
	AUTO_JSON json_t *value = NULL;
	size_t i;
	json_t *machine;

	json_array_foreach (machines, i, machine) {
		json_t *part = part_of(machine, field);
		json_t *here = json_object_get(part, field->name);

		if (!part)
			continue;
		if (!here || (value && !json_equal(here, value)))
			return;
		if (!value)
			value = json_incref(here);
	}
	if (!value || json_array_size(machines) < 2)
		return;
	if (field->bmc && !json_object_get(defaults, "bmc"))
		json_object_set_new(defaults, "bmc", json_object());
	json_object_set(part_of(defaults, field), field->name, value);
	json_array_foreach (machines, i, machine)
		json_object_del(part_of(machine, field), field->name);
}

static void render_group(json_t *group, struct buf *out)
{
	AUTO_FREE char *text = NULL;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (fields[i].common)
			find_default(group, &fields[i]);
	if (!json_object_size(json_object_get(group, "defaults")))
		json_object_del(group, "defaults");
	text = yaml_text(group);
	buf_printf(out, "---\n%s", text);
}

static int render_racks(const struct source *source, struct buf *out,
			struct err *err)
{
	AUTO_JSON json_t *groups = json_array();
	size_t i;
	json_t *item;

	json_array_foreach (source->hardware, i, item) {
		struct machine_row row;

		if (read_row(source, item, &row, err))
			return -1;
		if (!*row.cells[RACK_RACK] || !*row.subnet)
			return err_set(err, ERR_INVALID,
				       "%s has no %s, and a rack file wants "
				       "one: -o csv or -o tinkerbell do "
				       "without",
				       name_of(item),
				       *row.subnet ? "label tomte.dev/rack"
						   : "address and netmask");
		json_array_append_new(group_of(groups, &row), machine_of(&row));
	}
	json_array_foreach (groups, i, item)
		render_group(item, out);
	return 0;
}

/* RFC 4180, but that a cell ends with its line. */
static int add_cell(struct buf *out, const char *text, bool first,
		    struct err *err)
{
	size_t len = strlen(text);
	bool quoted =
		strpbrk(text, ",\"") || (len && (strchr(" \t", text[0]) ||
						 strchr(" \t", text[len - 1])));

	if (strpbrk(text, "\r\n"))
		return err_set(err, ERR_INVALID,
			       "\"%.60s\" has more than a line: a CSV's cell "
			       "cannot",
			       text);
	if (!first)
		buf_addc(out, ',');
	if (!quoted) {
		buf_adds(out, text);
		return 0;
	}
	buf_addc(out, '"');
	for (; *text; text++)
		buf_printf(out, *text == '"' ? "\"%c" : "%c", *text);
	buf_addc(out, '"');
	return 0;
}

static int render_csv(const struct source *source, struct buf *out,
		      struct err *err)
{
	size_t i;
	json_t *item;

	for (int field = 0; field < RACK_N_FIELDS; field++)
		buf_printf(out, "%s,", rack_field_names[field]);
	buf_adds(out, "subnet,gateway\n");
	json_array_foreach (source->hardware, i, item) {
		struct machine_row row;

		if (read_row(source, item, &row, err))
			return -1;
		for (int field = 0; field < RACK_N_FIELDS; field++)
			if (add_cell(out, row.cells[field], !field, err))
				return err_wrap(err, "%s", name_of(item));
		buf_printf(out, ",%s,%s\n", row.subnet, row.gateway);
	}
	return 0;
}

static int any_password(void *arg, const char *path, const char *variable,
			struct buf *password, struct err *err)
{
	(void)arg;
	(void)path;
	(void)variable;
	(void)err;
	buf_adds(password, "x");
	return 0;
}

/* {"Hardware/r1n01": object} */
static json_t *index_by_kind(const json_t *list)
{
	json_t *index = json_object();
	size_t i;
	json_t *item;

	json_array_foreach (list, i, item) {
		AUTO_FREE char *key = xasprintf(
			"%s/%s", json_str_at(item, "kind"), name_of(item));

		json_object_set(index, key, item);
	}
	return index;
}

/* What an object would lose on the way is told, a note a line. */
static void compare(const json_t *object, const json_t *returned, json_t *notes)
{
	CLEANUP(buf_release) struct buf lines = BUF_INIT(MAX_NOTE);
	const char *kind = json_str_at(object, "kind");
	AUTO_FREE char *key =
		xasprintf("%s/%s", kind ? kind : "", name_of(object));
	const json_t *back = json_object_get(returned, key);
	const char *at;

	if (!back) {
		note(notes, name_of(object), "does not come back");
		return;
	}
	diff_render(&lines, object, back);
	for (at = lines.base; *at; at += strcspn(at, "\n") + 1) {
		AUTO_FREE char *line = xstrndup(at, strcspn(at, "\n"));

		note(notes, name_of(object), line + strspn(line, " "));
	}
}

/* Reads back what was written, so that nothing is lost without a word. */
static void check(const struct source *source, const char *file,
		  const struct buf *text, json_t *notes)
{
	CLEANUP(rack_release) struct rack rack;
	AUTO_JSON json_t *returned = NULL;
	size_t i;
	json_t *item;

	rack_init(&rack, any_password, NULL);
	rack_read(&rack, file, text->base, text->len);
	rack_finish(&rack);
	returned = index_by_kind(rack.objects);
	json_array_foreach (rack.errors, i, item)
		json_array_append(notes, item);
	json_array_foreach (source->hardware, i, item) {
		const json_t *bmc = machine_row_bmc(source->machines, item);

		if (bmc)
			compare(bmc, returned, notes);
		compare(item, returned, notes);
	}
}

int export_render(const struct export_input *input, enum export_format format,
		  struct buf *out, json_t *notes, struct err *err)
{
	CLEANUP(source_release) struct source source;
	int failed = 0;

	source_init(&source, input);
	if (format == EXPORT_TINKERBELL)
		render_objects(&source, out);
	else if (format == EXPORT_RACK)
		failed = render_racks(&source, out, err);
	else
		failed = render_csv(&source, out, err);
	if (failed)
		return -1;
	if (out->overflow)
		return err_set(err, ERR_TOO_BIG, "over %zu bytes", out->limit);
	if (format != EXPORT_TINKERBELL)
		check(&source, format == EXPORT_CSV ? "export.csv" : "export",
		      out, notes);
	return 0;
}
