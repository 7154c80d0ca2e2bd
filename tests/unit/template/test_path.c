/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/template/rows.h"

static const struct row paths[] = {
	GIVES("{{base \"foo/bar/baz\"}} {{base \"\"}} {{base \"//\"}} {{base "
	      "\"a/\"}}",
	      "baz . / a"),
	GIVES("{{dir \"foo/bar/baz\"}} {{dir \"a\"}} {{dir \"/a\"}}",
	      "foo/bar . /"),
	GIVES("{{clean \"foo/bar/../baz\"}} {{clean \"/../a\"}} {{clean \"\"}}",
	      "foo/baz /a ."),
	GIVES("{{clean \"../a//./b/\"}} {{clean \"a/../..\"}}", "../a/b .."),
	GIVES("{{ext \"a/foo.tar.gz\"}} {{ext \"a.b/c\"}}|", ".gz |"),
	GIVES("{{isAbs \"/a\"}} {{isAbs \"a\"}}", "true false"),
	GIVES("{{osBase \"/a/b\"}} {{osDir \"/a/b\"}} {{osClean \"a/./b\"}}",
	      "b /a a/b"),
	GIVES("{{osExt \"x.c\"}} {{osIsAbs \"/\"}}", ".c true"),
	FAILS("{{base 1}}", "argument 1: expected string"),
};

static void test_paths_are_taken_apart(void **state)
{
	(void)state;
	CHECK(paths);
}

static const struct row urls[] = {
	GIVES("{{$u := urlParse \"http://a:b%20c@h:80/p%20q?x=1#f\"}}"
	      "{{$u.scheme}} {{$u.host}} {{$u.hostname}} {{$u.path}} "
	      "{{$u.query}} "
	      "{{$u.fragment}} {{$u.userinfo}}",
	      "http h:80 h /p q x=1 f a:b%20c"),
	GIVES("{{(urlParse \"HTTPS://[::1]:8080/\").hostname}}", "::1"),
	GIVES("{{(urlParse \"mailto:a@b\").opaque}}", "a@b"),
	GIVES("{{(urlParse \"/p?q\").path}} {{(urlParse \"//h/p\").host}}",
	      "/p h"),
	GIVES("{{(urlParse \"tftp://10.0.0.1/undionly.kpxe\").path}}",
	      "/undionly.kpxe"),
	GIVES("{{urlJoin (dict \"scheme\" \"http\" \"host\" \"h:80\" \"path\" "
	      "\"/p q\""
	      " \"query\" \"x=1\" \"fragment\" \"f\" \"userinfo\" \"u:p\")}}",
	      "http://u:p@h:80/p%20q?x=1#f"),
	GIVES("{{urlJoin (dict \"scheme\" \"x\" \"opaque\" \"o\")}}", "x:o"),
	GIVES("{{urlJoin (dict \"path\" \"a:b\")}} {{urlJoin (dict)}}|",
	      "./a:b |"),
	GIVES("{{urlParse \"http://h/p\" | urlJoin}}", "http://h/p"),
	FAILS("{{urlParse \"http://h:x/\"}}", "unable to parse url"),
	FAILS("{{urlParse \"http://h/%zz\"}}", "unable to parse url"),
	FAILS("{{urlParse \"http://[::1\"}}", "unable to parse url"),
	FAILS("{{urlParse \":x\"}}", "unable to parse url"),
	FAILS("{{urlJoin (dict \"host\" 1)}}", "host must be a string"),
};

static void test_urls_are_taken_apart_and_put_together(void **state)
{
	(void)state;
	CHECK(urls);
}

static const struct row versions[] = {
	GIVES("{{$v := semver \"1.2.3-alpha.1+123\"}}{{$v.Major}} {{$v.Minor}} "
	      "{{$v.Patch}} {{$v.Prerelease}} {{$v.Metadata}} {{$v.Original}}",
	      "1 2 3 alpha.1 123 1.2.3-alpha.1+123"),
	GIVES("{{(semver \"v1\").Major}} {{(semver \"1.5\").Patch}}", "1 0"),
	FAILS("{{semver \"x\"}}", "\"x\" is no semantic version"),
	FAILS("{{semver \"1.2.3-01\"}}", "no semantic version"),
};

static const struct row constraints[] = {
	GIVES("{{semverCompare \"1.2.3\" \"1.2.3\"}}", "true"),
	GIVES("{{semverCompare \"^1.2.0\" \"1.9.0\"}}"
	      " {{semverCompare \"^1.2.0\" \"2.0.0\"}}",
	      "true false"),
	GIVES("{{semverCompare \"~1.2.0\" \"1.2.9\"}}"
	      " {{semverCompare \"~1.2.0\" \"1.3.0\"}}",
	      "true false"),
	GIVES("{{semverCompare \">=1.2 <2\" \"1.5.0\"}}"
	      " {{semverCompare \">1, <1.4\" \"1.5.0\"}}",
	      "true false"),
	GIVES("{{semverCompare \"1.2.x\" \"1.2.7\"}} {{semverCompare \"*\" "
	      "\"9.9.9\"}}",
	      "true true"),
	GIVES("{{semverCompare \"1.2 - 1.4\" \"1.4.0\"}}"
	      " {{semverCompare \"1.2 - 1.4\" \"1.5.0\"}}",
	      "true false"),
	GIVES("{{semverCompare \"<1 || >=2\" \"2.1.0\"}}"
	      " {{semverCompare \"!=1.2.3\" \"1.2.3\"}}",
	      "true false"),
	GIVES("{{semverCompare \"^0.2.3\" \"0.2.9\"}}"
	      " {{semverCompare \"^0.2.3\" \"0.3.0\"}}",
	      "true false"),
	GIVES("{{semverCompare \">=1.0.0\" \"1.2.3-beta\"}}"
	      " {{semverCompare \">=1.0.0-0\" \"1.2.3-beta\"}}",
	      "false true"),
	GIVES("{{semverCompare \">1.2.3-alpha.2\" \"1.2.3-alpha.11\"}}",
	      "true"),
	GIVES("{{semverCompare \"=>1\" \"1.0.0\"}} {{semverCompare \"=<1\" "
	      "\"1.9.9\"}}",
	      "true true"),
	FAILS("{{semverCompare \"a\" \"1.0.0\"}}", "improper constraint: a"),
	FAILS("{{semverCompare \">1<2\" \"1.0.0\"}}", "improper constraint"),
	FAILS("{{semverCompare \"1\" \"a\"}}", "no semantic version"),
};

static void test_versions_meet_constraints(void **state)
{
	(void)state;
	CHECK(versions);
	CHECK(constraints);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_paths_are_taken_apart),
		RUN(test_urls_are_taken_apart_and_put_together),
		RUN(test_versions_meet_constraints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
