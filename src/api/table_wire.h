/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_TABLE_WIRE_H
#define API_TABLE_WIRE_H

#include "base/clock.h"
#include "base/json.h"
#include "store/kind.h"

/*
 * Tables: what `kubectl get` prints, columns and cells made here. Pure.
 *
 * The columns of Tinkerbell's kinds are those of its CRDs, and what helps
 * beside: addresses of Hardware, progress and cause of a Run.
 */
enum table_include { TABLE_METADATA, TABLE_OBJECT, TABLE_NONE };

/* Of the query parameter includeObject; NULL is "Metadata". */
enum table_include table_include_of(const char *word);

/* Whether an Accept header asks for a Table. */
bool table_wanted(const char *accept);

/* What a Table is made of, for those who write it row by row. */
json_t *table_columns(const struct kind *kind);
json_t *table_row(const struct kind *kind, const json_t *object,
		  enum table_include include, wall_ms now);
/* Columns that are values of the object, as a CustomResourceDefinition names
 * them. */
json_t *table_paths(const struct kind *kind);
/* PartialObjectMetadata: the metadata alone, under the name that clients
 * know it by. */
json_t *table_partial(const json_t *object);

/* `items` is a list of objects; `version` the resourceVersion of it. */
json_t *table_render(const struct kind *kind, const json_t *items,
		     enum table_include include, const char *version,
		     wall_ms now);

#endif
