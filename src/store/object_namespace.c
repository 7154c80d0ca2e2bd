/* SPDX-License-Identifier: Apache-2.0 */
#include "store/object_row.h"

#include "base/str.h"

/*
 * Namespaces: nobody has to make one, it comes with the first object.
 */
int object_namespace_need(struct store *store, const char *name,
			  struct err *err)
{
	const struct object_key key = { kind_find("", "Namespace"), "", name };
	CLEANUP(object_row_release) struct object_row row = { 0 };
	AUTO_JSON json_t *object = NULL;
	json_t *labels;
	int status = object_row_find(store, &key, &row, err);

	if (status < 0)
		return -1;
	if (status && object_is_going(&row))
		return err_set(err, ERR_DENIED,
			       "unable to create new content in namespace %s "
			       "because it is being terminated",
			       name);
	if (status)
		return 0;
	object = json_object();
	labels = json_object();
	json_object_set_new(labels, "kubernetes.io/metadata.name",
			    json_string(name));
	json_put(object, "metadata.labels", labels);
	return object_create(store, &key, object, NULL, err);
}
