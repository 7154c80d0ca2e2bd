/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "boot/artifact.h"

/*
 * own/ before stock/, both "ipxe", beside a file that is in neither; files
 * hold their own path.
 */
struct tree {
	char root[64];
	struct artifacts *artifacts;
};

static char *path_in(const struct tree *tree, const char *name)
{
	return xasprintf("%s/%s", tree->root, name);
}

static void make_directory(const struct tree *tree, const char *name)
{
	AUTO_FREE char *path = path_in(tree, name);

	assert_int_equal(mkdir(path, 0755), 0);
}

static void make_file(const struct tree *tree, const char *name)
{
	AUTO_FREE char *path = path_in(tree, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(name, file);
	fclose(file);
}

static void make_link(const struct tree *tree, const char *to, const char *name)
{
	AUTO_FREE char *path = path_in(tree, name);

	assert_int_equal(symlink(to, path), 0);
}

static int set_up(void **state)
{
	struct tree *tree = xcalloc(1, sizeof(*tree));
	AUTO_FREE char *own = NULL;
	AUTO_FREE char *stock = NULL;

	snprintf(tree->root, sizeof(tree->root), "/tmp/tomte-artifact.XXXXXX");
	assert_non_null(mkdtemp(tree->root));
	make_directory(tree, "own");
	make_directory(tree, "stock");
	make_directory(tree, "stock/sub");
	make_file(tree, "secret");
	make_file(tree, "own/both.efi");
	make_file(tree, "stock/both.efi");
	make_file(tree, "stock/one.efi");
	make_file(tree, "stock/sub/deep.efi");
	make_file(tree, "stock/.hidden");
	make_file(tree, "stock/sub/.hidden");
	own = path_in(tree, "own");
	stock = path_in(tree, "stock");
	tree->artifacts = artifacts_new();
	artifacts_add(tree->artifacts, "hook", "/nonexistent");
	artifacts_add(tree->artifacts, "ipxe", own);
	artifacts_add(tree->artifacts, "ipxe", stock);
	*state = tree;
	return 0;
}

static int tear_down(void **state)
{
	struct tree *tree = *state;
	AUTO_FREE char *command = xasprintf("rm -rf %s", tree->root);
	int status = system(command);

	artifacts_free(tree->artifacts);
	free(tree);
	return status;
}

static void expect_file(const struct tree *tree, const char *name,
			const char *content)
{
	char bytes[64] = { 0 };
	struct err err;
	int fd = artifact_open(tree->artifacts, "ipxe", name, &err);

	assert_true(fd >= 0);
	assert_true(read(fd, bytes, sizeof(bytes) - 1) > 0);
	close(fd);
	assert_string_equal(bytes, content);
}

static void expect_none_of(const struct tree *tree, const char *class,
			   const char *name)
{
	struct err err = { .code = ERR_NONE };

	assert_int_equal(artifact_open(tree->artifacts, class, name, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void expect_none(const struct tree *tree, const char *name)
{
	expect_none_of(tree, "ipxe", name);
}

static void test_a_file_is_found_in_any_of_its_directories(void **state)
{
	expect_file(*state, "one.efi", "stock/one.efi");
	expect_file(*state, "sub/deep.efi", "stock/sub/deep.efi");
}

static void test_the_first_directory_goes_before_the_others(void **state)
{
	expect_file(*state, "both.efi", "own/both.efi");
}

static void test_classes_are_kept_apart(void **state)
{
	expect_none_of(*state, "hook", "one.efi");
	expect_none_of(*state, "", "one.efi");
	expect_none_of(*state, "ip", "one.efi");
}

static void test_what_is_not_there_is_not_opened(void **state)
{
	expect_none(*state, "none.efi");
	expect_none(*state, "one.efi/x");
	expect_none(*state, "");
}

static void test_dots_lead_nowhere(void **state)
{
	struct tree *tree = *state;
	AUTO_FREE char *absolute = path_in(tree, "secret");

	expect_none(tree, "../secret");
	expect_none(tree, "sub/../../secret");
	expect_none(tree, "sub/../one.efi");
	expect_none(tree, "./one.efi");
	expect_none(tree, "..");
	expect_none(tree, ".");
	expect_none(tree, absolute);
	expect_none(tree, "/etc/passwd");
	expect_none(tree, "//etc/passwd");
	expect_none(tree, "/one.efi");
}

static void test_hidden_files_do_not_exist(void **state)
{
	expect_none(*state, ".hidden");
	expect_none(*state, "sub/.hidden");
}

static void test_links_inside_the_directory_are_followed(void **state)
{
	struct tree *tree = *state;

	make_link(tree, "sub/deep.efi", "stock/inside.efi");
	make_link(tree, "../one.efi", "stock/sub/up.efi");

	expect_file(tree, "inside.efi", "stock/sub/deep.efi");
	expect_file(tree, "sub/up.efi", "stock/one.efi");
}

static void test_links_out_of_the_directory_are_not(void **state)
{
	struct tree *tree = *state;
	AUTO_FREE char *absolute = path_in(tree, "secret");
	AUTO_FREE char *inside = path_in(tree, "stock/one.efi");

	make_link(tree, "../secret", "stock/relative");
	make_link(tree, absolute, "stock/absolute");
	make_link(tree, inside, "stock/roundabout");
	make_link(tree, "..", "stock/parent");
	make_link(tree, "/proc/self/cwd", "stock/magic");

	expect_none(tree, "relative");
	expect_none(tree, "absolute");
	expect_none(tree, "roundabout");
	expect_none(tree, "parent/secret");
	expect_none(tree, "magic");
}

static void test_a_loop_of_links_ends(void **state)
{
	struct tree *tree = *state;

	make_link(tree, "loop", "stock/loop");

	expect_none(tree, "loop");
}

static void test_only_regular_files_are_opened(void **state)
{
	struct tree *tree = *state;
	AUTO_FREE char *fifo = path_in(tree, "stock/fifo");
	AUTO_FREE char *listener = path_in(tree, "stock/socket");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_equal(mkfifo(fifo, 0644), 0);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", listener);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	close(fd);

	expect_none(tree, "fifo"); /* and does not wait for a writer */
	expect_none(tree, "socket");
	expect_none(tree, "sub");
	expect_none(tree, "sub/");
}

static void test_an_unfit_entry_does_not_hide_a_file_behind_it(void **state)
{
	struct tree *tree = *state;

	make_directory(tree, "own/one.efi");

	expect_file(tree, "one.efi", "stock/one.efi");
}

static void test_a_file_is_opened_to_be_read_and_not_inherited(void **state)
{
	struct tree *tree = *state;
	struct err err;
	int fd = artifact_open(tree->artifacts, "ipxe", "one.efi", &err);

	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

static void test_want_of_descriptors_is_not_want_of_a_file(void **state)
{
	struct tree *tree = *state;
	struct rlimit before;
	struct rlimit none;
	struct err err;
	int fd;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	fd = artifact_open(tree->artifacts, "ipxe", "one.efi", &err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);

	assert_int_equal(fd, -1);
	assert_int_equal(err.code, ERR_IO);
}

static void test_the_type_goes_by_the_end_of_the_name(void **state)
{
	(void)state;
	assert_string_equal(artifact_type("snponly.efi"), "application/efi");
	assert_string_equal(artifact_type("debian.iso"),
			    "application/vnd.efi-iso");
	assert_string_equal(artifact_type("debian.img"),
			    "application/vnd.efi-img");
	assert_string_equal(artifact_type("debian.img.zst"),
			    "application/zstd");
	assert_string_equal(artifact_type("debian.img.gz"), "application/gzip");
	assert_string_equal(artifact_type("efi"), "application/octet-stream");
	assert_string_equal(artifact_type(""), "application/octet-stream");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_a_file_is_found_in_any_of_its_directories, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_the_first_directory_goes_before_the_others, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_classes_are_kept_apart,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_what_is_not_there_is_not_opened, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_dots_lead_nowhere, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_hidden_files_do_not_exist,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_links_inside_the_directory_are_followed, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_links_out_of_the_directory_are_not, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_a_loop_of_links_ends,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_only_regular_files_are_opened, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_an_unfit_entry_does_not_hide_a_file_behind_it,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_file_is_opened_to_be_read_and_not_inherited,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_want_of_descriptors_is_not_want_of_a_file, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_the_type_goes_by_the_end_of_the_name, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
