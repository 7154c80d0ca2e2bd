/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/modalias.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "test.h"

static void test_patterns_match_as_the_kernel_means_them(void **state)
{
	static const struct {
		const char *pattern;
		const char *alias;
		bool match;
	} cases[] = {
		{ "virtio:d00000001v*", "virtio:d00000001v00001AF4", true },
		{ "virtio:d00000002v*", "virtio:d00000001v00001AF4", false },
		{ "pci:v*d*sv*sd*bc01sc06i01*",
		  "pci:v00008086d00002922sv1sd2bc01sc06i01", true },
		{ "pci:v*d*sv*sd*bc01sc06i01*",
		  "pci:v00008086d00002922sv1sd2bc01sc08i02", false },
		{ "usb:v0B95p178[0-9]*", "usb:v0B95p1785d00", true },
		{ "usb:v0B95p178[!0-4]*", "usb:v0B95p1782d00", false },
		{ "a?c", "abc", true },
		{ "a?c", "ac", false },
		{ "*", "", true },
		{ "", "x", false },
		{ "[", "x", false },
		{ "[", "", false },
		{ "a*b*c", "aXbYbZc", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(
			modalias_match(cases[i].pattern, cases[i].alias),
			cases[i].match);
}

static void note_path(void *arg, const char *path)
{
	buf_printf(arg, "%s ", path);
}

static void test_what_a_module_needs_is_loaded_before_it_and_once(void **state)
{
	char aliases[] = "# comment\nalias virtio:d00000001v* virtio_net\n";
	char dep[] = "k/virtio_net.ko: k/net_failover.ko k/failover.ko\n"
		     "k/net_failover.ko: k/failover.ko\n"
		     "k/failover.ko:\n"
		     "k/crc32c-intel.ko:\n";
	char soft[] = "# comment\n"
		      "softdep virtio_net pre: crc32c_intel post: other\n";
	CLEANUP(buf_release) struct buf order = BUF_INIT(1024);
	struct modalias_index index;
	const char *module;
	size_t at = 0;

	(void)state;
	modalias_index_init(&index);
	modalias_add_aliases(&index, aliases);
	modalias_add_modules(&index, dep);
	modalias_add_softdeps(&index, soft);
	module = modalias_find(&index, "virtio:d00000001v1", &at);
	assert_string_equal(module, "virtio_net");

	modalias_order(&index, module, note_path, &order);
	modalias_order(&index, module, note_path, &order);

	assert_string_equal(order.base, "k/crc32c-intel.ko k/failover.ko "
					"k/net_failover.ko k/virtio_net.ko ");
	assert_null(modalias_find(&index, "virtio:d00000001v1", &at));
	modalias_index_release(&index);
}

static void test_modules_that_need_each_other_come_to_an_end(void **state)
{
	char dep[] = "k/a.ko: k/b.ko\nk/b.ko: k/a.ko\n";
	CLEANUP(buf_release) struct buf order = BUF_INIT(1024);
	struct modalias_index index;

	(void)state;
	modalias_index_init(&index);
	modalias_add_modules(&index, dep);

	modalias_order(&index, "a", note_path, &order);

	assert_string_equal(order.base, "k/b.ko k/a.ko ");
	modalias_index_release(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_patterns_match_as_the_kernel_means_them),
		RUN(test_what_a_module_needs_is_loaded_before_it_and_once),
		RUN(test_modules_that_need_each_other_come_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
