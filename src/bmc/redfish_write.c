/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/redfish_write.h"

#include <string.h>

#include "base/str.h"

#define FORM_PLAIN  1u /* of a boot PATCH: without the mode */
#define FORM_STAGED 2u /* to the settings object */
#define N_FORMS     4u

bool redfish_write_is_media(const struct redfish_op *op)
{
	return op->request.op == BMC_MEDIA_INSERT ||
	       op->request.op == BMC_MEDIA_EJECT;
}

static const enum redfish_reset *preferences(enum bmc_power_action action,
					     size_t *n)
{
	static const enum redfish_reset on[] = { REDFISH_ON, REDFISH_FORCE_ON };
	static const enum redfish_reset off[] = { REDFISH_FORCE_OFF };
	static const enum redfish_reset soft[] = { REDFISH_GRACEFUL_SHUTDOWN };
	static const enum redfish_reset cycle[] = { REDFISH_POWER_CYCLE,
						    REDFISH_FORCE_RESTART };
	static const enum redfish_reset reset[] = { REDFISH_FORCE_RESTART,
						    REDFISH_POWER_CYCLE };

	*n = 1;
	switch (action) {
	case BMC_ACTION_ON:
		*n = 2;
		return on;
	case BMC_ACTION_OFF:
		return off;
	case BMC_ACTION_SOFT:
		return soft;
	case BMC_ACTION_CYCLE:
		*n = 2;
		return cycle;
	case BMC_ACTION_RESET:
		*n = 2;
		return reset;
	}
	return on;
}

unsigned redfish_write_resets(const struct redfish_op *op)
{
	return op->system.resets ? op->system.resets : op->session->resets;
}

bool redfish_write_reset(const struct redfish_op *op, enum redfish_reset *reset)
{
	unsigned allowed = redfish_write_resets(op);
	size_t n;
	const enum redfish_reset *list = preferences(op->action, &n);

	*reset = list[0];
	if (!allowed)
		return true;
	for (size_t i = 0; i < n; i++) {
		*reset = list[i];
		if (allowed & (1u << list[i]))
			return true;
	}
	return false;
}

static void build_power(struct redfish_op *op, struct redfish_request *out)
{
	enum redfish_reset reset;

	redfish_write_reset(op, &reset);
	out->method = "POST";
	out->path = op->system.reset;
	op->body = redfish_build_reset(reset);
}

static void build_boot(struct redfish_op *op, struct redfish_request *out)
{
	bool staged = op->form & FORM_STAGED;

	out->method = "PATCH";
	out->path = staged ? op->system.settings : op->session->system;
	if (op->etag_mode == REDFISH_ETAG_ANY || (staged && *op->system.etag))
		out->if_match = "*";
	else if (op->etag_mode == REDFISH_ETAG_EXACT)
		out->if_match = op->system.etag;
	if (op->etag_mode == REDFISH_ETAG_NONE)
		out->if_match = NULL;
	op->body = redfish_build_boot(&op->boot, !(op->form & FORM_PLAIN));
}

/* Lenovo XCC has no actions there: the drive itself is patched. */
static void build_media(struct redfish_op *op, struct redfish_request *out)
{
	bool eject = op->ejecting || op->request.op == BMC_MEDIA_EJECT;
	const char *action = eject ? op->media.eject : op->media.insert;

	out->method = *action ? "POST" : "PATCH";
	out->path = *action ? action : op->session->media;
	if (!eject)
		op->body = redfish_build_insert(op->request.media, op->form);
	else
		op->body = xstrdup(*action ? "{}"
					   : "{\"Image\":null,"
					     "\"Inserted\":false}");
}

void redfish_write_build(struct redfish_op *op, struct redfish_request *out)
{
	if (op->request.op == BMC_POWER_SET)
		build_power(op, out);
	else if (op->request.op == BMC_BOOT_SET)
		build_boot(op, out);
	else
		build_media(op, out);
}

bool redfish_write_form_usable(const struct redfish_op *op)
{
	if ((op->form & FORM_STAGED) && !*op->system.settings)
		return false;
	return op->system.has_mode || (op->form & FORM_PLAIN);
}

bool redfish_write_next_form(struct redfish_op *op)
{
	while (++op->forms_tried < N_FORMS) {
		op->form = (op->form + 1) % N_FORMS;
		if (redfish_write_form_usable(op))
			return true;
	}
	return false;
}

static bool boot_agrees(const struct redfish_op *op)
{
	const struct bmc_boot *seen = &op->system.boot;

	if (seen->device != op->boot.device)
		return false;
	if (op->boot.device == BMC_BOOT_NONE)
		return true;
	return seen->persistent == op->boot.persistent &&
	       (!op->system.has_mode || seen->uefi == op->boot.uefi);
}

static bool media_agrees(const struct redfish_op *op)
{
	if (op->ejecting || op->request.op == BMC_MEDIA_EJECT)
		return !op->media.inserted;
	return op->media.inserted &&
	       (!*op->media.image ||
		str_eq(op->media.image, op->request.media));
}

bool redfish_write_agrees(const struct redfish_op *op)
{
	if (op->request.op == BMC_BOOT_SET)
		return boot_agrees(op);
	if (redfish_write_is_media(op))
		return media_agrees(op);
	return op->system.power == bmc_action_goal(op->action);
}

bool redfish_write_ambiguous(const struct redfish_op *op)
{
	return op->request.op == BMC_POWER_SET && !op->seen_off &&
	       (op->action == BMC_ACTION_CYCLE ||
		op->action == BMC_ACTION_RESET);
}

int redfish_write_plan_power(struct redfish_op *op, struct err *err)
{
	enum redfish_reset reset;

	op->action = bmc_action_for(op->action, op->system.power);
	if (!*op->system.reset)
		return err_set(err, ERR_UNSUPPORTED, "the system has no Reset");
	if (redfish_write_reset(op, &reset))
		return 0;
	if (op->action != BMC_ACTION_CYCLE && op->action != BMC_ACTION_RESET)
		return err_set(err, ERR_UNSUPPORTED,
			       "the BMC does not offer ResetType %s",
			       redfish_reset_name(reset));
	op->two_steps = true;
	op->action = BMC_ACTION_OFF;
	return 0;
}

int redfish_write_plan_boot(struct redfish_op *op, struct err *err)
{
	enum bmc_device device = op->boot.device;

	if (device == BMC_BOOT_OTHER ||
	    (op->system.has_targets && device != BMC_BOOT_NONE &&
	     !(op->system.targets & (1u << device))))
		return err_set(err, ERR_UNSUPPORTED,
			       "the BMC does not offer to boot from %s",
			       bmc_device_name(device));
	op->etag_mode =
		*op->system.etag ? REDFISH_ETAG_EXACT : REDFISH_ETAG_NONE;
	if (!redfish_write_form_usable(op) && !redfish_write_next_form(op))
		return err_set(err, ERR_UNSUPPORTED,
			       "no way to set a boot device");
	return 0;
}
