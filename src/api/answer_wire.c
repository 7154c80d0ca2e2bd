/* SPDX-License-Identifier: Apache-2.0 */
#include "api/answer_wire.h"

unsigned answer_form_index(const struct answer_form *form)
{
	if (form->form == ACCEPT_TABLE)
		return 2 + (unsigned)form->include;
	return form->form == ACCEPT_PARTIAL;
}

json_t *answer_one(const struct answer_form *form, const struct kind *kind,
		   json_t *object, const char *version, wall_ms now)
{
	AUTO_JSON json_t *items = NULL;

	if (form->form == ACCEPT_OBJECT)
		return json_incref(object);
	if (form->form == ACCEPT_PARTIAL)
		return table_partial(object);
	items = json_array();
	json_array_append(items, object);
	return table_render(kind, items, form->include, version, now);
}

/* Each list says what it is first. */
void answer_list_begin(struct answer_list *list, const struct answer_form *form,
		       const struct kind *kind, wall_ms now)
{
	AUTO_JSON json_t *columns = NULL;
	AUTO_FREE char *text = NULL;
	char api_version[64];

	*list = (struct answer_list){ .form = *form,
				      .kind = kind,
				      .now = now,
				      .text = BUF_INIT(ANSWER_MAX_LIST) };
	kind_api_version(kind, api_version, sizeof(api_version));
	if (form->form == ACCEPT_OBJECT) {
		buf_printf(&list->text,
			   "{\"kind\":\"%sList\",\"apiVersion\":\"%s\","
			   "\"items\":[",
			   kind->kind, api_version);
		return;
	}
	if (form->form == ACCEPT_PARTIAL) {
		buf_adds(&list->text,
			 "{\"kind\":\"PartialObjectMetadataList\","
			 "\"apiVersion\":\"meta.k8s.io/v1\",\"items\":[");
		return;
	}
	columns = table_columns(kind);
	text = json_text(columns);
	buf_adds(&list->text, "{\"kind\":\"Table\",\"apiVersion\":"
			      "\"meta.k8s.io/v1\",\"columnDefinitions\":");
	buf_adds(&list->text, text);
	buf_adds(&list->text, ",\"rows\":[");
}

static int add_text(const char *bytes, size_t len, void *arg)
{
	struct buf *text = arg;

	buf_add(text, bytes, len);
	return text->overflow ? -1 : 0;
}

void answer_list_add(struct answer_list *list, json_t *object)
{
	AUTO_JSON json_t *item = NULL;

	if (list->form.form == ACCEPT_TABLE)
		item = table_row(list->kind, object, list->form.include,
				 list->now);
	else if (list->form.form == ACCEPT_PARTIAL)
		item = table_partial(object);
	else
		item = json_incref(object);
	if (list->n++)
		buf_addc(&list->text, ',');
	if (json_dump_callback(item, add_text, &list->text, JSON_COMPACT))
		list->text.overflow = true;
}

void answer_list_end(struct answer_list *list,
		     const struct answer_metadata *metadata)
{
	AUTO_JSON json_t *own = json_object();
	AUTO_FREE char *text = NULL;

	json_put(own, "resourceVersion", json_string(metadata->version));
	if (metadata->token)
		json_put(own, "continue", json_string(metadata->token));
	if (metadata->token && metadata->remaining > 0)
		json_put(own, "remainingItemCount",
			 json_integer(metadata->remaining));
	text = json_text(own);
	buf_adds(&list->text, "],\"metadata\":");
	buf_adds(&list->text, text);
	buf_addc(&list->text, '}');
}

void answer_list_release(struct answer_list *list)
{
	buf_release(&list->text);
}
