/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/grub_wire.h"

#include <string.h>

#include "base/str.h"
#include "test.h"

#define DEBIAN                                                                 \
	"menuentry 'Debian' --class debian {\n"                                \
	"\tload_video\n"                                                       \
	"\tlinux\t/boot/vmlinuz-6 root=UUID=a ro  quiet\n"                     \
	"\tinitrd\t/boot/initrd-6\n"                                           \
	"}\n"
#define OLDER                                                                  \
	"submenu 'Advanced' {\n"                                               \
	"  menuentry 'Debian 5' {\n"                                           \
	"    linux /boot/vmlinuz-5 single\n"                                   \
	"    initrd /boot/initrd-5\n"                                          \
	"  }\n"                                                                \
	"}\n"
#define EFI                                                                    \
	"menuentry \"Other\" {\n"                                              \
	"  linuxefi /vmlinuz-efi\r\n"                                          \
	"  initrdefi /initrd-efi /more\r\n"                                    \
	"}\n"

static void find(const char *text, struct grub_entry *entry)
{
	struct err err;

	if (grub_find(text, strlen(text), entry, &err))
		fail_msg("%s", err.message);
}

static void test_the_first_entry_is_the_default(void **state)
{
	struct grub_entry entry;

	(void)state;
	find(DEBIAN OLDER EFI, &entry);

	assert_string_equal(entry.kernel, "/boot/vmlinuz-6");
	assert_string_equal(entry.initrd, "/boot/initrd-6");
	assert_string_equal(entry.args, "root=UUID=a ro  quiet");
}

static void test_the_default_is_counted_with_submenus(void **state)
{
	struct grub_entry entry;

	(void)state;
	find("set default=\"2\"\n" DEBIAN OLDER EFI, &entry);

	assert_string_equal(entry.kernel, "/vmlinuz-efi");
	assert_string_equal(entry.initrd, "/initrd-efi");
	assert_string_equal(entry.args, "");
}

static void test_a_default_that_boots_nothing_is_the_first(void **state)
{
	static const char *const defaults[] = {
		"set default=\"1\"\n",    "set default=\"7\"\n",
		"set default=\"${x}\"\n", "set default=99999999999999999\n",
		"set default=08\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(defaults); i++) {
		AUTO_FREE char *text =
			xasprintf("%s" DEBIAN OLDER, defaults[i]);
		struct grub_entry entry;

		find(text, &entry);
		assert_string_equal(entry.kernel, "/boot/vmlinuz-6");
	}
}

static void test_nothing_to_boot_is_an_error(void **state)
{
	static const char *const texts[] = {
		"",
		"}\n}\n",
		OLDER,
		"menuentry 'x' {\nlinux /v\n}\n",
		"menuentry 'x' {\nlinux /v\ninitrd /i\n", /* cut off */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct grub_entry entry;
		struct err err;

		assert_int_equal(
			grub_find(texts[i], strlen(texts[i]), &entry, &err),
			-1);
		assert_int_equal(err.code, ERR_NOT_FOUND);
	}
}

static void test_a_path_that_is_too_long_is_none(void **state)
{
	AUTO_FREE char *path = xcalloc(1, GRUB_PATH_MAX + 1);
	AUTO_FREE char *text = NULL;
	struct grub_entry entry;

	(void)state;
	memset(path, 'v', GRUB_PATH_MAX);
	text = xasprintf("menuentry 'x' {\nlinux /%s a\ninitrd /i\n}\n" DEBIAN,
			 path);
	find(text, &entry);

	assert_string_equal(entry.kernel, "/boot/vmlinuz-6");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_the_first_entry_is_the_default),
		RUN(test_the_default_is_counted_with_submenus),
		RUN(test_a_default_that_boots_nothing_is_the_first),
		RUN(test_nothing_to_boot_is_an_error),
		RUN(test_a_path_that_is_too_long_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
