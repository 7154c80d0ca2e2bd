/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/password.h"

#include <string.h>

#include "base/file.h"
#include "base/secret.h"
#include "base/str.h"
#include "cli/terminal.h"

#define FILE_MAX 4096

static int check(const char *where, const char *text, char *out, size_t size,
		 struct err *err)
{
	if (!*text)
		return err_set(err, ERR_INVALID, "%s: no password in it",
			       where);
	if (!str_copy(out, size, text))
		return err_set(err, ERR_TOO_BIG,
			       "%s: a password over %zu characters", where,
			       size - 1);
	return 0;
}

static int from_file(const char *path, char *out, size_t size, struct err *err)
{
	CLEANUP(secret_release) struct buf text = BUF_INIT(FILE_MAX);

	if (file_read(path, &text, err))
		return -1;
	if (!text.len)
		return check(path, "", out, size, err);
	if (memchr(text.base, '\0', text.len))
		return err_set(err, ERR_INVALID, "%s: a NUL in the password",
			       path);
	text.base[strcspn(text.base, "\r\n")] = '\0';
	return check(path, text.base, out, size, err);
}

static int from_variable(const char *name, char *out, size_t size,
			 struct err *err)
{
	const char *value = getenv(name);

	if (!value)
		return err_set(err, ERR_INVALID,
			       "the environment has no variable %s", name);
	return check(name, value, out, size, err);
}

#define CTRL(letter) ((letter)&0x1f)
#define DELETE       0x7f

/* One character back: all bytes of it. */
static size_t erase(const char *text, size_t used)
{
	while (used && ((unsigned char)text[used - 1] & 0xc0) == 0x80)
		used--;
	return used ? used - 1 : 0;
}

/* One line, of which the terminal shows nothing. */
static int read_line(struct terminal *terminal, char *out, size_t size,
		     struct err *err)
{
	size_t used = 0;
	char byte;

	for (;;) {
		if (terminal_byte(terminal, &byte, err))
			return -1;
		if (byte == '\n' || byte == '\r')
			break;
		if (byte == CTRL('c') || (byte == CTRL('d') && !used))
			return err_set(err, ERR_CANCELLED, "no password");
		if (byte == DELETE || byte == CTRL('h')) {
			used = erase(out, used);
			continue;
		}
		if (byte == CTRL('u')) {
			used = 0;
			continue;
		}
		if (used + 1 == size)
			return err_set(err, ERR_TOO_BIG,
				       "a password over %zu characters",
				       size - 1);
		out[used++] = byte;
	}
	out[used] = '\0';
	return 0;
}

static int from_terminal(const char *prompt, char *out, size_t size,
			 struct err *err)
{
	struct terminal *terminal = terminal_open(TERMINAL_HIDDEN, err);
	int status;

	if (!terminal)
		return err_set(err, ERR_INVALID,
			       "no terminal to ask for the password: "
			       "--password-file or --password-env");
	terminal_write(terminal, prompt, strlen(prompt));
	status = read_line(terminal, out, size, err);
	terminal_write(terminal, "\n", 1);
	terminal_close(terminal);
	if (!status && !*out)
		return err_set(err, ERR_INVALID, "no password");
	if (status)
		secret_wipe(out, size);
	return status;
}

int password_read(const struct password_source *source, char *out, size_t size,
		  struct err *err)
{
	if (source->file && source->variable)
		return err_set(err, ERR_INVALID,
			       "the password from a file or from a variable, "
			       "not both");
	if (source->file)
		return from_file(source->file, out, size, err);
	if (source->variable)
		return from_variable(source->variable, out, size, err);
	return from_terminal(source->prompt, out, size, err);
}
