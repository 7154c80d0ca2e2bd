/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/trait_plan.h"

#include <string.h>

#include "base/str.h"

struct row {
	const char *name;
	struct trait trait;
};

/* repeatable, imaging, built in, leaves, needs */
static const struct row rows[] = {
	{ "image2disk", { true, true, true, "", "IMG_URL DEST_DISK" } },
	{ "qemuimg2disk", { true, true, false, "", "" } },
	{ "oci2disk", { true, true, false, "", "" } },
	{ "archive2disk", { true, true, false, "", "" } },
	{ "writefile", { true, false, true, "", "DEST_DISK DEST_PATH" } },
	{ "rootio", { true, false, false, "", "" } },
	{ "wipe", { true, false, false, "", "" } },
	{ "cexec", { false, false, true, "", "BLOCK_DEVICE CMD_LINE" } },
	{ "reboot", { false, false, true, "reboot", "" } },
	{ "poweroff", { false, false, true, "poweroff", "" } },
	{ "kexec", { false, false, true, "kexec", "BLOCK_DEVICE" } },
};

/* The last path component without tag and digest. */
static void image_name(const char *image, char *name, size_t size)
{
	const char *slash = strrchr(image, '/');
	const char *start = slash ? slash + 1 : image;
	size_t n = strcspn(start, ":@");

	if (n >= size)
		n = 0;
	memcpy(name, start, n);
	name[n] = '\0';
}

/*
 * waitdaemon runs another image a little later, so that a restart does not
 * take the reporter along: kexec, or a shell that restarts the machine. The
 * worker does the same at once, when its report has been heard.
 */
static const char *delayed(const json_t *document)
{
	const char *inner = json_str_at(document, "env.IMAGE");
	const json_t *args = json_object_get(document, "args");
	char name[128];
	size_t i;
	json_t *arg;

	image_name(inner ? inner : "", name, sizeof(name));
	if (str_ends(name, "kexec"))
		return "kexec";
	json_array_foreach ((json_t *)(uintptr_t)args, i, arg) {
		const char *text = json_string_value(arg);

		if (text &&
		    (strstr(text, "sysrq-trigger") || str_eq(text, "reboot") ||
		     str_ends(text, "/reboot")))
			return "reboot";
	}
	return "";
}

void trait_find(const char *image, const json_t *document, struct trait *trait)
{
	char name[128];

	image_name(image, name, sizeof(name));
	*trait = (struct trait){ .leaves = "", .needs = "" };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(rows[i].name, name))
			*trait = rows[i].trait;
	if (str_eq(name, "waitdaemon")) {
		trait->leaves = delayed(document);
		trait->built_in = *trait->leaves;
	}
}
