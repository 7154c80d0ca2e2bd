/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/console_wire.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

#define ESC 0x1b
#define BEL 0x07

/* So many letters and digits, some of both, are no word of any language. */
#define MIN_TOKEN 20

/* ---- lines ---- */

void console_lines_init(struct console_lines *lines)
{
	memset(lines, 0, sizeof(*lines));
}

/* False: there is nothing in it. */
static bool end_line(struct console_lines *lines)
{
	unsigned char *at = (unsigned char *)lines->next;
	const char *begin = lines->next;

	lines->next[lines->len] = '\0';
	while (lines->len && lines->next[lines->len - 1] == ' ')
		lines->next[--lines->len] = '\0';
	lines->len = 0;
	while (*at) {
		size_t n = str_utf8_length(at);

		if (!n)
			*at = '?';
		at += n ? n : 1;
	}
	begin += strspn(begin, " ");
	memcpy(lines->line, begin, strlen(begin) + 1);
	return *lines->line;
}

/* A control sequence has parameters, and a letter that says what it does. */
static bool end_sequence(struct console_lines *lines, uint8_t byte)
{
	if (byte < 0x40 || byte == 0x7f)
		return false;
	lines->state = CONSOLE_TEXT;
	return strchr("ABEFHJfd", byte) && end_line(lines);
}

/* True: a line has come to its end. */
static bool take_text(struct console_lines *lines, uint8_t byte)
{
	if (byte == '\r' || byte == '\n')
		return end_line(lines);
	if (byte == '\t')
		byte = ' ';
	if (byte == '\b' && lines->len)
		lines->len--;
	if (byte < ' ' || byte == 0x7f)
		return false;
	lines->next[lines->len++] = (char)byte;
	return lines->len == CONSOLE_LINE && end_line(lines);
}

/* True: a line has come to its end. */
static bool take(struct console_lines *lines, uint8_t byte)
{
	if (byte == ESC) {
		lines->state = CONSOLE_ESCAPE;
		return false;
	}
	switch (lines->state) {
	case CONSOLE_TEXT:
		return take_text(lines, byte);
	case CONSOLE_ESCAPE:
		lines->state = CONSOLE_TEXT;
		if (byte == '[')
			lines->state = CONSOLE_CSI;
		else if (byte == ']')
			lines->state = CONSOLE_OSC;
		return false;
	case CONSOLE_CSI:
		/* One that breaks off takes no line with it. */
		if (byte == '\r' || byte == '\n') {
			lines->state = CONSOLE_TEXT;
			return take_text(lines, byte);
		}
		return end_sequence(lines, byte);
	case CONSOLE_OSC:
		if (byte == BEL || byte == '\r' || byte == '\n')
			lines->state = CONSOLE_TEXT;
		return false;
	}
	return false;
}

bool console_lines_next(struct console_lines *lines, struct rbuf *in)
{
	while (in->left)
		if (take(lines, rbuf_u8(in)))
			return true;
	return false;
}

bool console_lines_flush(struct console_lines *lines)
{
	return end_line(lines);
}

/* ---- what they mean ---- */

/*
 * The words of Linux, systemd, initramfs-tools, dracut, GRUB, iPXE, SeaBIOS,
 * EDK II and PXE ROMs, and of our worker. A '^' stands for the beginning, a
 * '$' for the end, a '*' for whatever is between; the first that fits counts.
 */
static const struct pattern {
	enum console_kind kind;
	const char *text;
} patterns[] = {
	{ CONSOLE_NO_ROOT, "VFS: Unable to mount root" },
	{ CONSOLE_NO_ROOT, "VFS: Cannot open root device" },
	{ CONSOLE_NO_ROOT, "Gave up waiting for root" },
	{ CONSOLE_NO_ROOT, "ALERT!*does not exist" },
	{ CONSOLE_NO_ROOT, "Warning: /dev/*does not exist" },
	{ CONSOLE_NO_ROOT, "^(initramfs)" },
	{ CONSOLE_INITRAMFS, "Initramfs unpacking failed" },
	{ CONSOLE_INITRAMFS, "rootfs image is not initramfs" },
	{ CONSOLE_OUT_OF_MEMORY, "not syncing: Out of memory" },
	{ CONSOLE_OUT_OF_MEMORY, "System is deadlocked on memory" },
	{ CONSOLE_OUT_OF_MEMORY, "Out of memory: Kill" },
	{ CONSOLE_OUT_OF_MEMORY, "invoked oom-killer" },
	{ CONSOLE_PANIC, "Kernel panic - not syncing" },
	{ CONSOLE_HARDWARE_ERROR, "[Hardware Error]" },
	{ CONSOLE_HARDWARE_ERROR, "Machine check events logged" },
	{ CONSOLE_EMERGENCY, "You are in emergency mode" },
	{ CONSOLE_EMERGENCY, "Entering emergency mode" },
	{ CONSOLE_EMERGENCY, "Welcome to emergency mode" },
	{ CONSOLE_EMERGENCY, "Give root password for maintenance" },
	{ CONSOLE_BOOT_LOADER, "grub rescue>" },
	{ CONSOLE_BOOT_LOADER, "Entering rescue mode" },
	{ CONSOLE_BOOT_LOADER, "^grub>" },
	{ CONSOLE_BOOT_LOADER, "^error: no such partition" },
	{ CONSOLE_BOOT_LOADER, "^error: unknown filesystem" },
	{ CONSOLE_SECURE_BOOT, "BdsDxe: failed to *Access Denied" },
	{ CONSOLE_SECURE_BOOT, "Security Violation" },
	{ CONSOLE_SECURE_BOOT, "Secure Boot Violation" },
	{ CONSOLE_SECURE_BOOT, "bad shim signature" },
	{ CONSOLE_SECURE_BOOT, "Verification failed: (0x1A)" },
	{ CONSOLE_NO_LINK, "PXE-E61" },
	{ CONSOLE_NO_LINK, "Media test failure" },
	{ CONSOLE_NO_LINK, "*ipxe.org/38086" },
	{ CONSOLE_PXE_ERROR, "PXE-E*:" },
	{ CONSOLE_IPXE_ERROR, "://ipxe.org/*)" },
	{ CONSOLE_IPXE_ERROR, "No more network devices" },
	{ CONSOLE_IPXE_ERROR, "Nothing to boot" },
	{ CONSOLE_NO_BOOT_DEVICE, "o bootable device" },
	{ CONSOLE_NO_BOOT_DEVICE, "o Bootable Device" },
	{ CONSOLE_NO_BOOT_DEVICE, "o bootable option" },
	{ CONSOLE_NO_BOOT_DEVICE, "o boot device found" },
	{ CONSOLE_NO_BOOT_DEVICE, "o Boot Device Found" },
	{ CONSOLE_NO_BOOT_DEVICE, "Boot failed: not a bootable disk" },
	{ CONSOLE_NO_BOOT_DEVICE, "Boot failed: could not read the boot disk" },
	{ CONSOLE_NO_BOOT_DEVICE, "perating system not found" },
	{ CONSOLE_NO_BOOT_DEVICE, "perating System not found" },
	{ CONSOLE_NO_BOOT_DEVICE, "issing operating system" },
	{ CONSOLE_NO_BOOT_DEVICE, "elect proper Boot device" },
	{ CONSOLE_WORKER, "Z warn  worker: " },
	{ CONSOLE_WORKER, "Z error worker: " },
	{ CONSOLE_WORKER, "Z warn  hook: " },
	{ CONSOLE_WORKER, "Z error hook: " },
	{ CONSOLE_LOGIN, " login:$" },
};

static bool fits(const char *line, const char *pattern)
{
	size_t left = strlen(line);
	bool here = *pattern == '^';

	pattern += here;
	for (;;) {
		size_t len = strcspn(pattern, "*$");
		const char *at;

		if (pattern[len] == '$')
			return left >= len &&
			       !strncmp(line + left - len, pattern, len);
		at = memmem(line, left, pattern, len);
		if (!at || (here && at != line))
			return false;
		if (!pattern[len])
			return true;
		left -= (size_t)(at - line) + len;
		line = at + len;
		pattern += len + 1;
		here = false;
	}
}

enum console_kind console_match(const char *line)
{
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
		if (fits(line, patterns[i].text))
			return patterns[i].kind;
	return CONSOLE_NOTHING;
}

const char *console_kind_name(enum console_kind kind)
{
	static const char *const names[CONSOLE_N_KINDS] = {
		[CONSOLE_NOTHING] = "quiet",
		[CONSOLE_PANIC] = "kernel-panic",
		[CONSOLE_INITRAMFS] = "initramfs-broken",
		[CONSOLE_NO_ROOT] = "no-root",
		[CONSOLE_OUT_OF_MEMORY] = "out-of-memory",
		[CONSOLE_HARDWARE_ERROR] = "hardware-error",
		[CONSOLE_EMERGENCY] = "emergency-mode",
		[CONSOLE_BOOT_LOADER] = "boot-loader",
		[CONSOLE_SECURE_BOOT] = "secure-boot",
		[CONSOLE_NO_LINK] = "no-link",
		[CONSOLE_PXE_ERROR] = "pxe-error",
		[CONSOLE_IPXE_ERROR] = "ipxe-error",
		[CONSOLE_NO_BOOT_DEVICE] = "no-boot-device",
		[CONSOLE_WORKER] = "worker-warns",
		[CONSOLE_LOGIN] = "login",
	};

	return names[kind];
}

/* ---- what may be a secret ---- */

static const char *const keys[] = { "passw",  "passphrase", "token",
				    "secret", "apikey",     "api_key",
				    "bearer", "credential" };

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '+' || c == '_';
}

/* Puts the mark where `n` bytes are, as much of it as they have room for. */
static char *hide(char *at, size_t n)
{
	size_t mark = n < 3 ? n : 3;

	memset(at, '*', mark);
	memmove(at + mark, at + n, strlen(at + n) + 1);
	return at + mark;
}

/* "token=x", "password: x", "Bearer x": where x is; NULL: it is only a word. */
static char *value_of(char *at)
{
	bool bearer = !strncasecmp(at, "bearer ", strlen("bearer "));

	at += strcspn(at, " =:\"'");
	at += strspn(at, "\"' ");
	if (!bearer && *at != '=' && *at != ':')
		return NULL;
	return at + strspn(at, " =:\"'");
}

static bool is_token(const char *at, size_t n)
{
	bool digit = false;
	bool letter = false;

	for (size_t i = 0; i < n; i++) {
		digit = digit || isdigit((unsigned char)at[i]);
		letter = letter || isalpha((unsigned char)at[i]);
	}
	return n >= MIN_TOKEN && digit && letter;
}

/* "//user:password@": the length of the password. */
static size_t password_len(const char *at)
{
	size_t n = strcspn(at, "@/ ");

	return at[n] == '@' ? n : 0;
}

static bool is_key(const char *at)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (!strncasecmp(at, keys[i], strlen(keys[i])))
			return true;
	return false;
}

void console_redact(char *line)
{
	char *at = line;
	bool in_word = false;

	while (*at) {
		char *value = is_key(at) ? value_of(at) : NULL;
		size_t n = 0;

		while (!in_word && is_word(at[n]))
			n++;
		in_word = is_word(*at);
		if (value) {
			at = hide(value, strcspn(value, " \"'&,;"));
		} else if (!strncmp(at, "//", 2) && password_len(at + 2)) {
			at = hide(at + 2, password_len(at + 2));
		} else if (is_token(at, n)) {
			at = hide(at, n);
		} else {
			at++;
		}
	}
}
