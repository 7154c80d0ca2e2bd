/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmitool_wire.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

void ipmitool_build(struct ipmitool_argv *out, const struct bmc_target *target,
		    unsigned suite, const struct ipmi_command *command)
{
	size_t n = 0;

	memset(out, 0, sizeof(*out));
	out->argv[n++] = "ipmitool";
	out->argv[n++] = "-v"; /* or it does not say why a login failed */
	out->argv[n++] = "-I";
	out->argv[n++] = "lanplus";
	out->argv[n++] = "-H";
	out->argv[n++] = target->host;
	out->argv[n++] = "-p";
	snprintf(out->texts[n], sizeof(out->texts[n]), "%u", target->port);
	out->argv[n] = out->texts[n];
	n++;
	if (*target->user) {
		out->argv[n++] = "-U";
		out->argv[n++] = target->user;
	}
	/* Not by the environment, which its own children would inherit. */
	out->argv[n++] = "-f";
	out->argv[n++] = "/dev/stdin";
	out->argv[n++] = "-C";
	snprintf(out->texts[n], sizeof(out->texts[n]), "%u", suite);
	out->argv[n] = out->texts[n];
	n++;
	out->argv[n++] = "-N";
	out->argv[n++] = "1";
	out->argv[n++] = "-R";
	out->argv[n++] = command->once ? "1" : "3";
	if (command->lun) {
		out->argv[n++] = "-l";
		snprintf(out->texts[n], sizeof(out->texts[n]), "%u",
			 command->lun);
		out->argv[n] = out->texts[n];
		n++;
	}
	out->argv[n++] = "raw";
	snprintf(out->texts[n], sizeof(out->texts[n]), "0x%02x",
		 command->netfn);
	out->argv[n] = out->texts[n];
	n++;
	snprintf(out->texts[n], sizeof(out->texts[n]), "0x%02x", command->cmd);
	out->argv[n] = out->texts[n];
	n++;
	for (size_t i = 0; i < command->len; i++, n++) {
		snprintf(out->texts[n], sizeof(out->texts[n]), "0x%02x",
			 command->bytes[i]);
		out->argv[n] = out->texts[n];
	}
}

static bool has(const char *text, const char *part)
{
	return strcasestr(text, part) != NULL;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* " 01 05 80 04 00 00 00", perhaps over several lines; false: other text. */
static bool parse_bytes(struct ipmi_response *response, const char *text)
{
	for (;;) {
		int high;
		int low;

		text += strspn(text, " \r\n\t");
		if (!*text)
			return true;
		high = nibble(text[0]);
		low = high < 0 ? -1 : nibble(text[1]);
		if (low < 0 || (text[2] && !isspace((unsigned char)text[2])))
			return false;
		if (response->len == sizeof(response->bytes))
			return false;
		response->bytes[response->len++] = (uint8_t)(high * 16 + low);
		text += 2;
	}
}

/*
 * "Unable to send RAW command (channel=0x0 netfn=0x0 lun=0x0 cmd=0x8
 * rsp=0xcc): Invalid data field in request"
 */
static bool parse_completion(struct ipmi_response *response, const char *text)
{
	const char *mark = strstr(text, "rsp=0x");
	int high;
	int low;

	if (!mark)
		return false;
	high = nibble(mark[6]);
	low = high < 0 ? -1 : nibble(mark[7]);
	if (high < 0)
		return false;
	response->completion = (uint8_t)(low < 0 ? high : high * 16 + low);
	return response->completion != 0;
}

struct complaint {
	const char *text;
	enum err_code code;
	const char *says;
};

/* In this order: the general complaints come after the special ones. */
static const struct complaint complaints[] = {
	{ "HMAC is invalid", ERR_AUTH, "the BMC does not know this password" },
	{ "unauthorized name", ERR_AUTH, "the BMC does not know this user" },
	{ "unauthorized role", ERR_AUTH,
	  "the BMC does not let this user administer it" },
	{ "invalid integrity check value", ERR_AUTH,
	  "the BMC does not know this password" },
	{ "invalid role", ERR_AUTH,
	  "the BMC does not let this user administer it" },
	{ "insufficient resources", ERR_BUSY,
	  "all sessions of the BMC are taken" },
	{ "cipher suite", ERR_UNSUPPORTED, "no such cipher suite" },
	{ "authentication algorithm", ERR_UNSUPPORTED, "no such cipher suite" },
	{ "integrity algorithm", ERR_UNSUPPORTED, "no such cipher suite" },
	{ "confidentiality algorithm", ERR_UNSUPPORTED,
	  "no such cipher suite" },
	{ "lookup failed", ERR_UNREACHABLE, "the name has no address" },
	{ "Get Auth Capabilities error", ERR_UNREACHABLE, "no answer" },
	{ "Unable to establish", ERR_UNREACHABLE,
	  "no session could be opened" },
};

/* Words that a BMC may be told only after it has let us in. */
static bool within_session(const char *errors)
{
	return !has(errors, "Unable to establish") &&
	       !has(errors, "lookup failed");
}

void ipmitool_parse(struct ipmi_response *response, int exit_code,
		    const char *output, const char *errors)
{
	memset(response, 0, sizeof(*response));
	if (exit_code == 0 && parse_bytes(response, output))
		return;
	response->len = 0;
	if (parse_completion(response, errors))
		return;
	if (exit_code < 0) {
		response->sent = true;
		err_set(&response->err, ERR_TIMEOUT, "ipmitool took too long");
		return;
	}
	if (exit_code == 127) {
		err_set(&response->err, ERR_IO, "ipmitool cannot be run");
		return;
	}
	response->sent = within_session(errors);
	for (size_t i = 0; i < ARRAY_LEN(complaints); i++)
		if (has(errors, complaints[i].text)) {
			err_set(&response->err, complaints[i].code, "%s",
				complaints[i].says);
			return;
		}
	err_set(&response->err, exit_code ? ERR_TIMEOUT : ERR_PROTOCOL,
		"ipmitool exit code %d without an answer", exit_code);
}
