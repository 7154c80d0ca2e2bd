/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "bmc/redfish_subject.h"

/*
 * Settings of the machine: the light by which people find it, secure boot,
 * BIOS attributes.
 */

/* A setting's own page, whose tag goes along with the write. */
static void etag_of_page(struct redfish_op *op,
			 const struct redfish_response *r, const char *own)
{
	redfish_etag_begin(op, r->etag ? r->etag : own);
	str_copy(op->target_path, sizeof(op->target_path), op->page.path);
}

static void ask_target(struct redfish_op *op, struct redfish_request *out)
{
	out->method = "GET";
	out->path = op->target_path;
}

/* ---- the light ---- */

enum { BLINKING, LIT, N_LIGHTS };

static bool is_wanted(const struct redfish_op *op, bool lit)
{
	return lit == (op->request.seconds > 0);
}

static void set_light(struct redfish_op *op, enum redfish_light light, bool lit)
{
	op->light = light;
	if (is_wanted(op, lit))
		redfish_finish(op, false);
	else
		redfish_write(op);
}

static void light_system(struct redfish_op *op)
{
	const struct redfish_system *system = &op->system;

	if (system->light) {
		redfish_etag_begin(op, system->etag);
		str_copy(op->target_path, sizeof(op->target_path),
			 redfish_str(op->session->system));
		set_light(op, system->light, system->lit);
	} else if (*system->chassis[0]) {
		redfish_read_page(op, REDFISH_CHASSIS, system->chassis[0]);
	} else {
		redfish_fail(op, ERR_UNSUPPORTED, "the machine has no light");
	}
}

static void light_page(struct redfish_op *op, const struct redfish_response *r)
{
	enum redfish_light light;
	bool lit;

	if (redfish_parse_light(r->body, r->body_len, &light, &lit,
				&op->result.err)) {
		redfish_fail_result(op);
		return;
	}
	if (!light) {
		redfish_fail(op, ERR_UNSUPPORTED, "the machine has no light");
		return;
	}
	etag_of_page(op, r, "");
	set_light(op, light, lit);
}

static void light_build(struct redfish_op *op, struct redfish_request *out)
{
	out->method = "PATCH";
	out->path = op->target_path;
	out->if_match = redfish_if_match(op);
	op->body = redfish_build_light(op->light, op->request.seconds > 0,
				       op->form == BLINKING);
}

static bool light_refused(struct redfish_op *op,
			  const struct redfish_response *r)
{
	if (redfish_etag_again(op, r))
		return true;
	if (op->light != REDFISH_LIGHT_LED || r->status != 400 ||
	    ++op->form >= N_LIGHTS)
		return false;
	redfish_write(op);
	return true;
}

static enum redfish_look light_look(struct redfish_op *op,
				    const struct redfish_response *r)
{
	enum redfish_light light;
	bool lit;

	if (redfish_parse_light(r->body, r->body_len, &light, &lit, &op->last))
		return REDFISH_NOT_YET;
	return redfish_settle(op, is_wanted(op, lit), "the light");
}

const struct redfish_subject redfish_light_subject = {
	.whole = true,
	.anybody = true,
	.system = light_system,
	.page = light_page,
	.build = light_build,
	.refused = light_refused,
	.ask = ask_target,
	.look = light_look,
};

/* ---- secure boot ---- */

static void secure_system(struct redfish_op *op)
{
	if (*op->system.secure_boot)
		redfish_read_page(op, REDFISH_SECURE_BOOT,
				  op->system.secure_boot);
	else
		redfish_fail(op, ERR_UNSUPPORTED,
			     "the BMC does not tell of secure boot");
}

static void secure_page(struct redfish_op *op, const struct redfish_response *r)
{
	struct bmc_secure_boot *secure;

	bmc_report_free(op->result.report);
	op->result.report = bmc_report_new(BMC_REPORT_SECURE_BOOT);
	secure = &op->result.report->secure_boot;
	if (redfish_parse_secure_boot(r->body, r->body_len, secure,
				      &op->result.err)) {
		redfish_fail_result(op);
	} else if (op->request.op == BMC_SECURE_BOOT_GET ||
		   secure->enabled == op->request.on) {
		redfish_finish(op, false);
	} else {
		etag_of_page(op, r, "");
		redfish_write(op);
	}
}

static void secure_build(struct redfish_op *op, struct redfish_request *out)
{
	out->method = "PATCH";
	out->path = op->target_path;
	out->if_match = redfish_if_match(op);
	op->body = redfish_build_secure_boot(op->request.on);
}

static enum redfish_look secure_look(struct redfish_op *op,
				     const struct redfish_response *r)
{
	struct bmc_secure_boot *secure = &op->result.report->secure_boot;

	if (redfish_parse_secure_boot(r->body, r->body_len, secure, &op->last))
		return REDFISH_NOT_YET;
	return redfish_settle(op, secure->enabled == op->request.on,
			      "secure boot");
}

const struct redfish_subject redfish_secure_subject = {
	.whole = true,
	.anybody = true,
	.system = secure_system,
	.page = secure_page,
	.build = secure_build,
	.refused = redfish_etag_again,
	.ask = ask_target,
	.look = secure_look,
};

/* ---- BIOS attributes ---- */

static struct bmc_bios *bios_of(struct redfish_op *op)
{
	return &op->result.report->bios;
}

static void bios_system(struct redfish_op *op)
{
	if (*op->system.bios)
		redfish_read_page(op, REDFISH_BIOS, op->system.bios);
	else
		redfish_fail(op, ERR_UNSUPPORTED,
			     "the BMC does not tell of BIOS settings");
}

static bool is_set(struct redfish_op *op)
{
	const struct bmc_attribute *attribute =
		redfish_bios_find(bios_of(op), op->request.name);

	if (!attribute)
		return false;
	return str_eq(*attribute->pending ? attribute->pending
					  : attribute->value,
		      op->request.value);
}

/* All that there is to know is read. */
static void bios_known(struct redfish_op *op)
{
	if (op->request.op == BMC_BIOS_GET || is_set(op))
		redfish_finish(op, false);
	else
		redfish_write(op);
}

static void bios_page(struct redfish_op *op, const struct redfish_response *r)
{
	const struct bmc_request *request = &op->request;

	if (op->page.kind == REDFISH_BIOS_SETTINGS) {
		etag_of_page(op, r, "");
		if (redfish_parse_bios_pending(r->body, r->body_len,
					       bios_of(op), &op->result.err))
			redfish_fail_result(op);
		else
			bios_known(op);
		return;
	}
	bmc_report_free(op->result.report);
	op->result.report = bmc_report_new(BMC_REPORT_BIOS);
	free(op->draft);
	op->draft = NULL;
	if (redfish_parse_bios(r->body, r->body_len, &op->bios, bios_of(op),
			       &op->result.err)) {
		redfish_fail_result(op);
		return;
	}
	if (request->op == BMC_BIOS_SET) {
		op->draft = redfish_build_bios(
			r->body, r->body_len, request->name, request->value,
			op->bios.on_reset, &op->result.err);
		if (!op->draft) {
			redfish_fail_result(op);
			return;
		}
	}
	etag_of_page(op, r, "");
	if (*op->bios.settings)
		redfish_read_page(op, REDFISH_BIOS_SETTINGS, op->bios.settings);
	else
		bios_known(op);
}

/* A settings object that cannot be read may be written all the same. */
static bool bios_missing(struct redfish_op *op,
			 const struct redfish_response *r)
{
	if (!r->status || op->page.kind != REDFISH_BIOS_SETTINGS)
		return false;
	redfish_etag_begin(op, "");
	str_copy(op->target_path, sizeof(op->target_path), op->page.path);
	bios_known(op);
	return true;
}

static void bios_build(struct redfish_op *op, struct redfish_request *out)
{
	out->method = "PATCH";
	out->path = op->target_path;
	out->if_match = redfish_if_match(op);
	op->body = xstrdup(op->draft);
}

/* What is pending, and in turn what is. */
static void bios_ask(struct redfish_op *op, struct redfish_request *out)
{
	out->method = "GET";
	out->path = op->polls % 2 ? op->target_path : op->system.bios;
}

static enum redfish_look bios_look(struct redfish_op *op,
				   const struct redfish_response *r)
{
	if (redfish_parse_bios_pending(r->body, r->body_len, bios_of(op),
				       &op->last))
		return REDFISH_NOT_YET;
	return redfish_settle(op, is_set(op), op->request.name);
}

const struct redfish_subject redfish_bios_subject = {
	.whole = true,
	.anybody = true,
	.system = bios_system,
	.page = bios_page,
	.missing = bios_missing,
	.build = bios_build,
	.refused = redfish_etag_again,
	.ask = bios_ask,
	.look = bios_look,
};
