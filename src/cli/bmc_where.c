/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bmc_where.h"

#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "cli/password.h"

#define CA_MAX (1024 * 1024)

/* What curl calls a pin. */
static bool is_pin(const char *text)
{
	CLEANUP(buf_release) struct buf key = BUF_INIT(32);

	if (!str_starts(text, "sha256//"))
		return false;
	text += strlen("sha256//");
	return str_unbase64(&key, text, strlen(text)) && key.len == 32;
}

static int take_trust(const struct cli *cli, struct bmc_target *target,
		      struct err *err)
{
	CLEANUP(buf_release) struct buf pem = BUF_INIT(CA_MAX);
	const char *pin = args_value(&cli->args, "pin");
	const char *ca = args_value(&cli->args, "ca");
	bool insecure = args_flag(&cli->args, "insecure");

	if ((pin != NULL) + (ca != NULL) + insecure > 1)
		return err_set(err, ERR_INVALID,
			       "--pin, --ca or --insecure: one of them");
	if (pin && !is_pin(pin))
		return err_set(err, ERR_INVALID,
			       "--pin %.80s: expected sha256// and the base64 "
			       "of a SHA-256",
			       pin);
	if ((pin || ca || insecure) && target->protocol != BMC_REDFISH)
		return err_set(err, ERR_INVALID,
			       "--pin, --ca and --insecure are for redfish://: "
			       "IPMI has no certificates");
	if (ca && file_read(ca, &pem, err))
		return -1;
	target->insecure = insecure;
	str_copy(target->pin, sizeof(target->pin), pin ? pin : "");
	if (ca)
		target->ca_pem = buf_take(&pem);
	return 0;
}

int bmc_where(const struct cli *cli, struct bmc_target *target, struct err *err)
{
	AUTO_FREE char *prompt = NULL;
	struct password_source source = {
		.file = args_value(&cli->args, "password-file"),
		.variable = args_value(&cli->args, "password-env"),
	};

	if (bmc_target_parse(target, args_value(&cli->args, "bmc"), err) ||
	    take_trust(cli, target, err))
		return -1;
	prompt =
		xasprintf("Password of %s at %s: ", target->user, target->host);
	source.prompt = prompt;
	return password_read(&source, target->password,
			     sizeof(target->password), err);
}
