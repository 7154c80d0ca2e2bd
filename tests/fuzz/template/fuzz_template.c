/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A template over fixed data. Rendering depends on nothing else, leaves the
 * data alone, and into less room gives the beginning of the same.
 */
#include <assert.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "template/template.h"
#include "template/utf8.h"

#define ROOM      (32 * 1024)
#define LESS_ROOM 100

static const char data_text[] =
	"{\"name\":\"m1\",\"n\":3,\"z\":0,\"f\":2.5,\"t\":true,\"nil\":null,"
	"\"s\":\"a,b c\",\"e\":\"\",\"l\":[1,\"a\",null,[2.5]],"
	"\"m\":{\"b\":{\"c\":1},\"a\":\"x\"},"
	"\"Hardware\":{\"Disks\":[\"/dev/nvme0n1\",\"/dev/sda\"],"
	"\"Interfaces\":[{\"DHCP\":{\"MAC\":\"52:54:00:12:34:56\","
	"\"Arch\":\"x86_64\",\"IP\":{\"Netmask\":\"255.255.255.0\"}}}]}}";

static void check_message(const struct err *err)
{
	assert(err->code != ERR_NONE);
	assert(err->message[0]);
	assert(utf8_valid(err->message, strlen(err->message)));
	assert(!strchr(err->message, '\n'));
}

static void check_render(const struct template *template, const json_t *data)
{
	CLEANUP(buf_release) struct buf first = BUF_INIT(ROOM);
	CLEANUP(buf_release) struct buf again = BUF_INIT(ROOM);
	CLEANUP(buf_release) struct buf less = BUF_INIT(LESS_ROOM);
	struct err err = { 0 };
	struct err err_again = { 0 };
	int status = template_render(template, data, &first, &err);

	assert(first.len <= ROOM);
	if (status)
		check_message(&err);
	else
		assert(!first.overflow && err.code == ERR_NONE);

	assert(template_render(template, data, &again, &err_again) == status);
	assert(strcmp(err.message, err_again.message) == 0);
	assert(again.len == first.len);
	assert(memcmp(again.base, first.base, first.len) == 0);

	status = template_render(template, data, &less, &err);
	assert(less.len <= first.len);
	assert(memcmp(less.base, first.base, less.len) == 0);
	assert(status || less.len == first.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_JSON json_t *data = json_loads(data_text, 0, NULL);
	AUTO_JSON json_t *before = json_deep_copy(data);
	struct err err = { 0 };
	struct template *template =
		template_parse((const char *)bytes, len, &err);

	if (!template) {
		check_message(&err);
		return 0;
	}
	check_render(template, data);
	template_free(template);
	assert(json_equal(data, before));
	return 0;
}
