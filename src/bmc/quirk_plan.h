/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_QUIRK_PLAN_H
#define BMC_QUIRK_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bmc/types.h"

/*
 * What is known of the ways of firmware, as data: a table of who (protocol,
 * vendor, model, versions of the BMC) and which rules then hold. It is read
 * from inventory/bmc-quirks.yaml, which is built in, and from the operator's
 * file behind it; a later line overrides an earlier one, rule by rule. Pure.
 *
 *	struct bmc_identity who = { .protocol = BMC_REDFISH, "HPE", ... };
 *	struct bmc_rules rules;
 *
 *	quirk_rules(table, &who, &rules);
 *	if (rules.boot_mode == BMC_USE_NEVER) ...
 *
 * There is no other place that knows a vendor's name.
 */
/* Who a BMC says it is; "" where it does not say. */
struct bmc_identity {
	enum bmc_protocol protocol;
	char vendor[BMC_WORD_SIZE];     /* of the BMC's service */
	char maker[BMC_WORD_SIZE];      /* of the machine */
	char model[BMC_WORD_SIZE];      /* of the machine */
	char product[BMC_WORD_SIZE];    /* of the service */
	char controller[BMC_WORD_SIZE]; /* model of the BMC */
	char firmware[BMC_WORD_SIZE];   /* version of the BMC's */
};

/* AUTO: as the BMC says, or by trying. */
enum bmc_use { BMC_USE_AUTO, BMC_USE_ALWAYS, BMC_USE_NEVER };

enum bmc_place { BMC_PLACE_AUTO, BMC_PLACE_SYSTEM, BMC_PLACE_OTHER };

enum bmc_etag {
	BMC_ETAG_AUTO,     /* as it came, then the others */
	BMC_ETAG_STRONG,   /* without W/ and what compression adds to it */
	BMC_ETAG_UNQUOTED, /* without its quotes */
	BMC_ETAG_ANY,      /* "*" */
	BMC_ETAG_NONE,     /* no If-Match */
};

enum bmc_insert {
	BMC_INSERT_AUTO,
	BMC_INSERT_FULL,        /* Image, Inserted, WriteProtected */
	BMC_INSERT_UNPROTECTED, /* Image, Inserted */
	BMC_INSERT_IMAGE,       /* Image */
	BMC_INSERT_TYPED,       /* with MediaType and TransferProtocolType */
};

/* The JSON decoder writes enums as unsigned numbers. */
struct bmc_rules {
	/* Of all protocols. */
	uint32_t gap_ms;    /* between two requests */
	uint32_t settle_ms; /* after off, before the next command */
	bool boot_each;     /* an override has to be set for each start */

	/* Redfish. */
	unsigned boot_mode;    /* enum bmc_use: BootSourceOverrideMode */
	unsigned boot_place;   /* enum bmc_place; other: the settings object */
	unsigned continuous;   /* enum bmc_use; never: Once at each start */
	unsigned etag;         /* enum bmc_etag, of If-Match */
	unsigned media_place;  /* enum bmc_place; other: the manager */
	unsigned media_insert; /* enum bmc_insert */
	unsigned sessions;     /* enum bmc_use; never: basic */
	unsigned select;       /* enum bmc_use: $select */
	unsigned expand;       /* enum bmc_use: $expand */
	unsigned conditional;  /* enum bmc_use: If-None-Match */
	unsigned identity;     /* enum bmc_use: Accept-Encoding */
	bool slash;            /* collections want a "/" at their end */
	bool hang_up;          /* one request for each connection */
	uint32_t answer_ms;    /* time for an answer */
	uint32_t untimely_ms;  /* until what was refused as untimely */
	char http_attribute[BMC_WORD_SIZE]; /* BIOS attribute of the boot URL */

	/* IPMI. */
	uint32_t suite;           /* 0: find out */
	char ipmi[BMC_WORD_SIZE]; /* words of bmc_ipmi_quirks */
	uint32_t ipmi_quirks;     /* the same */
};

/* What holds where no line of a table matches. */
void quirk_defaults(struct bmc_rules *rules);

struct quirk_table;

struct quirk_table *quirk_table_new(void);
void quirk_table_free(struct quirk_table *table);
size_t quirk_table_count(const struct quirk_table *table);

/* The rules of all lines that match. `table` may be NULL. */
void quirk_rules(const struct quirk_table *table,
		 const struct bmc_identity *who, struct bmc_rules *rules);

/* Whether a text is like a pattern with * and ?, in any case of letters. */
bool quirk_glob(const char *pattern, const char *text);
/*
 * Whether a version is in all of the ranges: ">=6.10 <7". Versions are their
 * numbers in order, whatever stands between: "iLO 5 v2.33" is 5.2.33. One
 * that is not known ("") is in no range but the empty one.
 */
bool quirk_in_range(const char *version, const char *ranges);
/* Whether a text can be such ranges. */
bool quirk_is_range(const char *ranges);

/* For quirk_wire.c: a line of the table. The table takes its rules, a JSON
 * object that quirk_set_rules has accepted. */
struct quirk_line {
	unsigned protocol; /* 1 + enum bmc_protocol; 0: any */
	char vendor[BMC_WORD_SIZE];
	char model[BMC_WORD_SIZE];
	char firmware[BMC_WORD_SIZE];
	struct json_t *rules;
};

void quirk_table_add(struct quirk_table *table, const struct quirk_line *line);
/* Back to the first n lines. */
void quirk_table_cut(struct quirk_table *table, size_t n);
/* `path` is where it stands, for messages. */
int quirk_set_rules(struct bmc_rules *rules, const struct json_t *object,
		    const char *path, struct err *err) NODISCARD;

#endif
