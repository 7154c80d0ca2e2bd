/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/grub_wire.h"

#include <string.h>

#include "base/str.h"

#define MAX_LINE  4096
#define MAX_INDEX 1000

struct reader {
	uint32_t wanted; /* the default's number */
	uint32_t n;      /* entries at the top so far */
	int depth;       /* of braces */
	bool in_entry;
	bool has_wanted;
	bool has_first;
	struct grub_entry now;
	struct grub_entry wanted_entry;
	struct grub_entry first;
};

/* "linux", "linux16", "linuxefi"; "initrd" likewise. */
static bool is_word(const char *line, const char *word)
{
	static const char *const ends[] = { "", "16", "efi" };
	size_t n = strlen(word);

	if (strncmp(line, word, n) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		size_t more = strlen(ends[i]);

		if (strncmp(line + n, ends[i], more) == 0 &&
		    (line[n + more] == ' ' || line[n + more] == '\t'))
			return true;
	}
	return false;
}

/* The word behind the first, and what follows that. */
static const char *second_word(const char *line, char *word, size_t size)
{
	const char *at = line + strcspn(line, " \t");
	size_t n;

	at += strspn(at, " \t");
	n = strcspn(at, " \t");
	if (n >= size)
		n = 0; /* then the entry has none */
	memcpy(word, at, n);
	word[n] = '\0';
	at += strcspn(at, " \t");
	return at + strspn(at, " \t");
}

static void on_set(struct reader *reader, const char *line)
{
	const char *at = line + strlen("set default=");
	char number[16];
	size_t n;
	uint32_t value;

	at += strspn(at, "\"'");
	n = strspn(at, "0123456789");
	if (!n || n >= sizeof(number))
		return; /* a title, or what was saved: the first then */
	memcpy(number, at, n);
	number[n] = '\0';
	if (str_parse_u32(number, MAX_INDEX, &value))
		reader->wanted = value;
}

static void end_entry(struct reader *reader)
{
	const struct grub_entry *now = &reader->now;

	reader->in_entry = false;
	if (*now->kernel && *now->initrd) {
		if (!reader->has_first)
			reader->first = *now;
		reader->has_first = true;
		if (reader->n == reader->wanted) {
			reader->wanted_entry = *now;
			reader->has_wanted = true;
		}
	}
	reader->n++;
}

static void on_line(struct reader *reader, const char *line)
{
	size_t n = strlen(line);

	if (!reader->depth && str_starts(line, "set default="))
		on_set(reader, line);
	if (reader->in_entry && is_word(line, "linux"))
		str_copy(reader->now.args, sizeof(reader->now.args),
			 second_word(line, reader->now.kernel,
				     sizeof(reader->now.kernel)));
	if (reader->in_entry && is_word(line, "initrd"))
		second_word(line, reader->now.initrd,
			    sizeof(reader->now.initrd));
	if (n && line[n - 1] == '{') {
		if (!reader->depth && str_starts(line, "menuentry ")) {
			memset(&reader->now, 0, sizeof(reader->now));
			reader->in_entry = true;
		} else if (!reader->depth && str_starts(line, "submenu ")) {
			reader->n++; /* it has a number too */
		}
		reader->depth++;
	} else if (str_eq(line, "}") && reader->depth) {
		reader->depth--;
		if (!reader->depth && reader->in_entry)
			end_entry(reader);
	}
}

int grub_find(const char *text, size_t len, struct grub_entry *entry,
	      struct err *err)
{
	struct reader reader = { 0 };
	const char *end = text + len;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((stop ? stop : end) - text);
		char line[MAX_LINE];
		size_t from = 0;

		while (from < n && (text[from] == ' ' || text[from] == '\t'))
			from++;
		if (n - from < sizeof(line)) {
			memcpy(line, text + from, n - from);
			line[n - from] = '\0';
			for (size_t i = strlen(line);
			     i && strchr(" \t\r", line[i - 1]); i--)
				line[i - 1] = '\0';
			on_line(&reader, line);
		}
		text += n + 1;
	}
	if (!reader.has_first)
		return err_set(err, ERR_NOT_FOUND,
			       "grub.cfg: no entry has a kernel and an initrd");
	*entry = reader.has_wanted ? reader.wanted_entry : reader.first;
	return 0;
}
