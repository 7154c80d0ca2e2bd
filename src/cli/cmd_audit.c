/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/audit_read.h"
#include "cli/command.h"
#include "cli/render_text.h"
#include "cli/resource.h"
#include "cli/span_plan.h"
#include "store/audit.h"

#define MAX_TEXT (64 * 1024 * 1024)

static const struct option options[] = {
	{ "since", 0, "WHEN", "2h, 7d, 2026-11-24 or 2026-11-24T12:00:00Z" },
	{ "user", 0, "USER", "of this one alone" },
	{ "json", 0, NULL, "for programs: one record a line" },
	{ "file", 0, "FILE", "check a copy of inventory.db, without a server" },
	{ "head", 0, "ID:HASH", "what has to be in it: an earlier head" },
	{ "before", 0, "WHEN", "prune what is older" },
	{ "up-to", 0, "ID", "prune up to this row" },
	{ 0 },
};

static json_t *row_of(const json_t *record)
{
	const char *resource = json_text_at(record, "spec.resource");
	const char *namespace = json_text_at(record, "spec.namespace");
	AUTO_FREE char *object = xasprintf(
		"%s%s%s%s%s", resource, *resource ? " " : "", namespace,
		*namespace ? "/" : "", json_text_at(record, "spec.name"));
	AUTO_FREE char *status = xasprintf(
		"%" PRId64 "%s", json_int_at(record, "spec.status", 0),
		json_bool_at(record, "spec.dryRun", false) ? " (dry run)" : "");

	return json_pack("[s,s,s,s,s,s,s,s]",
			 json_text_at(record, "metadata.name"),
			 json_text_at(record, "spec.time"),
			 json_text_at(record, "spec.user"),
			 json_text_at(record, "spec.source"),
			 json_text_at(record, "spec.verb"), object,
			 json_text_at(record, "spec.decision"), status);
}

static void print_page(const struct cli *cli, const json_t *list,
		       struct render_widths *widths)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_TEXT);
	AUTO_JSON json_t *rows = json_array();
	size_t i;
	json_t *record;

	json_array_foreach (json_object_get(list, "items"), i, record) {
		if (args_flag(&cli->args, "json")) {
			AUTO_FREE char *text = json_text(record);

			puts(text);
		} else {
			json_array_append_new(rows, row_of(record));
		}
	}
	render_rows(&out, rows, widths);
	fputs(out.base, stdout);
}

/* "&sinceMs=..&fieldSelector=.." */
static char *make_query(const struct cli *cli, struct err *err)
{
	const char *since = args_value(&cli->args, "since");
	const char *user = args_value(&cli->args, "user");
	CLEANUP(buf_release) struct buf query = BUF_INIT(4096);
	wall_ms at;

	if (since && !span_parse_since(since, clock_wall(), &at)) {
		err_set(err, ERR_INVALID,
			"--since %s: expected 2h, 7d, 2026-11-24 or "
			"2026-11-24T12:00:00Z",
			since);
		return NULL;
	}
	if (since)
		buf_printf(&query, "&sinceMs=%" PRId64, at < 0 ? 0 : at);
	if (user) {
		AUTO_FREE char *selector = xasprintf("spec.user=%s", user);
		AUTO_FREE char *escaped = resource_escape(selector);

		buf_printf(&query, "&fieldSelector=%s", escaped);
	}
	return buf_take(&query);
}

static int list(struct cli *cli, struct err *err)
{
	AUTO_FREE char *query = make_query(cli, err);
	struct audit_reader reader = { .client = cli->client, .query = query };
	struct render_widths widths = { 0 };

	if (!query)
		return -1;
	while (!reader.over) {
		AUTO_JSON json_t *page = audit_read(&reader, err);

		if (!page)
			return -1;
		print_page(cli, page, &widths);
	}
	return CLI_OK;
}

static int verify(struct cli *cli, struct err *err)
{
	const char *file = args_value(&cli->args, "file");
	const char *head = args_value(&cli->args, "head");
	struct audit_mark expected = { 0 };
	struct audit_chain chain;
	int64_t first;

	if (head && !audit_mark_parse(head, &expected))
		return err_set(err, ERR_INVALID,
			       "--head %.80s: expected what `tomte audit head` "
			       "prints, ID:HASH",
			       head);
	if (file ? audit_verify_file(file, &expected, &chain, err)
		 : audit_check(cli->client, &expected, &chain, err))
		return -1;
	first = chain.last.id - chain.n_rows + 1;
	if (first > 1)
		printf("rows up to %" PRId64 " were pruned, and stubs stand "
		       "for them\n",
		       first - 1);
	printf("%" PRId64 " rows fit; head %" PRId64 ":%s\n", chain.n_rows,
	       chain.last.id, chain.last.hash);
	return CLI_OK;
}

static int show_head(struct cli *cli, struct err *err)
{
	AUTO_FREE char *path =
		resource_path(&resource_audit_record, NULL, NULL, "limit=1");
	AUTO_JSON json_t *answer = client_get(cli->client, path, err);
	struct audit_mark head;

	if (!answer ||
	    audit_mark_decode(json_at(answer, "chain.head"), &head, err))
		return -1;
	printf("%" PRId64 ":%s\n", head.id, head.hash);
	return CLI_OK;
}

static int prune_by(struct cli *cli, const char *query, struct err *err)
{
	AUTO_FREE char *path =
		resource_path(&resource_audit_record, NULL, NULL, query);
	AUTO_JSON json_t *answer =
		client_send(cli->client, "DELETE", path, NULL, err);
	struct audit_stub stub;

	if (!answer ||
	    audit_stub_decode(json_object_get(answer, "stub"), &stub, err))
		return -1;
	printf("%" PRId64 " rows up to %" PRId64 " pruned, seal %s\n",
	       stub.rows, stub.up_to, stub.seal);
	return CLI_OK;
}

static int prune(struct cli *cli, struct err *err)
{
	const char *before = args_value(&cli->args, "before");
	const char *up_to = args_value(&cli->args, "up-to");
	AUTO_FREE char *query = NULL;
	uint64_t id;
	wall_ms at;

	if (!before == !up_to)
		return cli_usage(cli, "audit prune: expected --before or "
				      "--up-to");
	if (before && (!span_parse_since(before, clock_wall(), &at) || at <= 0))
		return err_set(err, ERR_INVALID,
			       "--before %s: expected 90d or 2026-11-24",
			       before);
	if (up_to && (!str_parse_u64(up_to, INT64_MAX, &id) || !id))
		return err_set(err, ERR_INVALID,
			       "--up-to %s: expected a row's number", up_to);
	query = before ? xasprintf("beforeMs=%" PRId64, at)
		       : xasprintf("upTo=%" PRIu64, id);
	return prune_by(cli, query, err);
}

static int run(struct cli *cli, struct err *err)
{
	static const struct {
		const char *word;
		command_fn run;
	} parts[] = {
		{ "list", list },
		{ "verify", verify },
		{ "head", show_head },
		{ "prune", prune },
	};

	for (size_t i = 0; cli->args.n_words == 1 && i < ARRAY_LEN(parts); i++)
		if (str_eq(parts[i].word, cli->args.words[0]))
			return parts[i].run(cli, err);
	return cli_usage(cli, "audit: expected list, verify, head or prune");
}

const struct command command_audit = {
	.name = "audit",
	.usage = "list | verify [--file FILE] | head | prune",
	.help = "who wrote what, and who was refused",
	.more = "Each row has a hash over itself and the row before it, so "
		"that none can be\n"
		"changed or taken out unseen: verify names the first that does "
		"not fit. What\n"
		"is cut off at the end is missed by the file audit.head beside "
		"the\n"
		"inventory, and by who noted a head elsewhere: --head.\n"
		"\n"
		"prune removes rows from the beginning and leaves a stub, "
		"which stands for\n"
		"them in the chain.\n",
	.options = options,
	.run = run,
};
