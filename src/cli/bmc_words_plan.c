/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bmc_words_plan.h"

#include <string.h>

#include "base/str.h"
#include "cli/suggest.h"

#define BY_POWER "tomte power does it with the daemon, and notes it"
#define BY_JOB                                                                 \
	"with the daemon it is a task of a bmc Job, which tomte apply makes"

/* What a verb has behind it, into out: false: it is not understood. */
typedef bool (*take_fn)(char *const *words, size_t n, struct bmc_words *out);

struct verb {
	const char *name;
	const char *usage;
	take_fn take; /* NULL: nothing follows */
	bool writes;
	const char *instead; /* why it is not by the daemon; NULL: it is */
};

static void put_text(struct bmc_words *out, const char *key, const char *text)
{
	json_object_set_new(out->arguments, key, json_string(text));
}

static bool take_power(char *const *words, size_t n, struct bmc_words *out)
{
	if (!n)
		return false;
	put_text(out, "action", words[0]);
	out->writes = !str_eq(words[0], "status");
	out->used++;
	return true;
}

static bool take_boot(char *const *words, size_t n, struct bmc_words *out)
{
	out->writes = n > 0 && !str_eq(words[0], "status");
	if (!n)
		return true;
	out->used++;
	if (!out->writes)
		return true;
	put_text(out, "device", words[0]);
	if (str_eq(words[0], "http") && n > 1) {
		put_text(out, "url", words[1]);
		out->used++;
	}
	return true;
}

static bool take_media(char *const *words, size_t n, struct bmc_words *out)
{
	bool insert = n > 1 && str_eq(words[0], "insert");

	if (!insert && (!n || !str_eq(words[0], "eject")))
		return false;
	if (insert)
		put_text(out, "url", words[1]);
	out->used += insert ? 2 : 1;
	return true;
}

static bool take_sel(char *const *words, size_t n, struct bmc_words *out)
{
	if (!n || !str_eq(words[0], "clear"))
		return true;
	out->ask = "clear-sel";
	out->route = "clear-sel";
	out->writes = true;
	out->used++;
	return true;
}

/* A machine that is called "on" is meant by its label: name=on. */
static bool take_identify(char *const *words, size_t n, struct bmc_words *out)
{
	uint32_t seconds;

	if (!n)
		return true;
	if (str_eq(words[0], "on"))
		json_object_set_new(out->arguments, "seconds",
				    json_integer(-1));
	else if (str_eq(words[0], "off"))
		json_object_set_new(out->arguments, "seconds", json_integer(0));
	else if (str_parse_u32(words[0], UINT32_MAX, &seconds))
		json_object_set_new(out->arguments, "seconds",
				    json_integer(seconds));
	else
		return true;
	out->used++;
	return true;
}

static const struct verb verbs[] = {
	{ "power", "power status|on|off|soft|cycle|reset", take_power, true,
	  BY_POWER },
	{ "boot", "boot status|pxe|disk|cdrom|bios|http [URL]|none", take_boot,
	  true, BY_JOB },
	{ "media", "media insert URL|eject", take_media, true, BY_JOB },
	{ "info", "info", NULL, false, NULL },
	{ "sel", "sel [clear]", take_sel, false, NULL },
	{ "sensors", "sensors", NULL, false, NULL },
	{ "inventory", "inventory", NULL, false, NULL },
	{ "fru", "fru", NULL, false, NULL },
	{ "lan", "lan", NULL, false, NULL },
	{ "users", "users", NULL, false, NULL },
	{ "bios", "bios", NULL, false, NULL },
	{ "secure-boot", "secure-boot", NULL, false, NULL },
	{ "identify", "identify [on|off|SECONDS]", take_identify, true, NULL },
	{ "reset", "reset", NULL, true, NULL },
	{ "nmi", "nmi", NULL, true, NULL },
	{ "thaw", "thaw", NULL, true, NULL },
	{ "rotate-password", "rotate-password", NULL, true, NULL },
};

static const struct verb *find_verb(const char *name, struct err *err)
{
	const char *names[ARRAY_LEN(verbs)];
	const char *guess;

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		names[i] = verbs[i].name;
		if (str_eq(names[i], name))
			return &verbs[i];
	}
	guess = suggest(name, names, ARRAY_LEN(names));
	err_set(err, ERR_INVALID, "bmc: there is no %s%s%s%s", name,
		SUGGEST_ARGS(guess));
	return NULL;
}

void bmc_words_release(struct bmc_words *words)
{
	json_decref(words->arguments);
	words->arguments = NULL;
}

int bmc_words_parse(char *const *words, size_t n, struct bmc_words *out,
		    struct err *err)
{
	const struct verb *verb;

	memset(out, 0, sizeof(*out));
	if (!n)
		return err_set(err, ERR_INVALID, "bmc: expected what to do");
	verb = find_verb(words[0], err);
	if (!verb)
		return -1;
	*out = (struct bmc_words){
		.ask = verb->name,
		.route = verb->name,
		.writes = verb->writes,
		.arguments = json_object(),
		.used = 1,
		.instead = verb->instead,
	};
	if (verb->take && !verb->take(words + 1, n - 1, out))
		return err_set(err, ERR_INVALID, "bmc: expected %s",
			       verb->usage);
	/* The daemon tells it, but changes it in another way. */
	if (out->writes && out->instead)
		out->route = NULL;
	return 0;
}
