/* SPDX-License-Identifier: Apache-2.0 */
#include "template/func.h"

#include <stdint.h>
#include <string.h>

#include "base/str.h"

static const struct func *(*const tables[])(size_t *n) = {
	func_core,   func_compare, func_logic, func_string, func_words,
	func_split,  func_list,    func_dict,  func_math,   func_encode,
	func_regex,  func_path,    func_url,   func_semver, func_time,
	func_digest, func_crypto,  func_disk,
};

const struct func *func_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		size_t n;
		const struct func *table = tables[i](&n);

		for (size_t j = 0; j < n; j++)
			if (str_eq(table[j].name, name))
				return &table[j];
	}
	return NULL;
}

/* Without a difference between capitals and small letters. */
static size_t distance_of(const char *a, const char *b)
{
	char small[2][64];

	for (size_t i = 0; i < 2; i++) {
		if (!str_copy(small[i], sizeof(small[i]), i ? b : a))
			return SIZE_MAX;
		for (char *at = small[i]; *at; at++)
			if (*at >= 'A' && *at <= 'Z')
				*at = (char)(*at | 32);
	}
	return str_distance(small[0], small[1]);
}

const struct func *func_at(size_t i)
{
	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		size_t n;
		const struct func *table = tables[t](&n);

		if (i < n)
			return &table[i];
		i -= n;
	}
	return NULL;
}

const char *func_suggest(const char *name)
{
	const char *best = NULL;
	size_t least = strlen(name) / 3 + 2; /* so much may be wrong */
	const struct func *func;

	for (size_t i = 0; (func = func_at(i)); i++) {
		size_t distance = distance_of(name, func->name);

		if (distance < least) {
			least = distance;
			best = func->name;
		}
	}
	return best;
}

/* Groups of names with blanks between, and what they need. */
static const char *const refused[][2] = {
	{ "now ago date date_in_zone date_modify dateInZone dateModify "
	  "htmlDate htmlDateInZone",
	  "it needs the clock" },
	{ "toDate mustToDate mustDateModify must_date_modify unixEpoch",
	  "it needs the server's time zone" },
	{ "randAlpha randAlphaNum randAscii randBytes randInt randNumeric "
	  "shuffle uuidv4 bcrypt htpasswd encryptAES genPrivateKey genCA "
	  "genCAWithKey genSelfSignedCert genSelfSignedCertWithKey "
	  "genSignedCert genSignedCertWithKey",
	  "it needs random numbers, and would give others each time" },
	{ "env expandenv", "it needs the server's environment" },
	{ "getHostByName", "it needs the network" },
	{ "derivePassword", "it would hold up the server" },
	{ "call", "there are no functions among the values" },
};

const char *func_refused(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		const char *at = refused[i][0];

		while (*at) {
			size_t n = strcspn(at, " ");

			if (n == len && memcmp(at, name, n) == 0)
				return refused[i][1];
			at += n + strspn(at + n, " ");
		}
	}
	return NULL;
}
