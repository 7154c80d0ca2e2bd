/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
#include "bmc/redfish_subject.h"

/*
 * The boot override. How it is to be written differs more than anything else
 * between vendors, so it is tried in forms, from what the BMC took last or
 * what is known of it to what is left; what it took is remembered.
 */
#define FORM_PLAIN   1u /* without the mode */
#define FORM_STAGED  2u /* to the settings object */
#define FORM_CHANGED 4u /* only the members that are to change */
#define N_FORMS      8u

#define LOOKS      4                /* at a form before the next is tried */
#define WISH_MS    (30 * 60 * 1000) /* of one start that does not come */
#define ETAG_MODES 5u

/* ---- If-Match, for all that is patched ---- */

void redfish_etag_begin(struct redfish_op *op, const char *etag)
{
	const struct redfish_session *session = op->session;

	str_copy(op->etag, sizeof(op->etag), etag);
	op->etag_mode =
		session->rules.etag ? session->rules.etag : session->etag;
	op->etag_tries = 1u << op->etag_mode;
}

/* Cut what compression adds, and the mark of a weak one (RFC 9110, 8.8.3:
 * If-Match compares strongly, so a weak one never matches). */
static void make_strong(char *etag)
{
	static const char suffix[] = "-gzip\"";

	if (str_starts(etag, "W/"))
		memmove(etag, etag + 2, strlen(etag + 2) + 1);
	if (str_ends(etag, suffix))
		memcpy(etag + strlen(etag) - strlen(suffix), "\"", 2);
}

/* The tag stays as it came, for other modes: the shape is put behind it. */
const char *redfish_if_match(struct redfish_op *op)
{
	size_t len;

	if (op->etag_mode == BMC_ETAG_NONE)
		return NULL;
	if (op->etag_mode == BMC_ETAG_ANY)
		return "*";
	if (!*op->etag)
		return NULL;
	str_copy(op->match, sizeof(op->match), op->etag);
	if (op->etag_mode == BMC_ETAG_STRONG ||
	    op->etag_mode == BMC_ETAG_UNQUOTED)
		make_strong(op->match);
	len = strlen(op->match);
	if (op->etag_mode == BMC_ETAG_UNQUOTED && len > 1 &&
	    op->match[0] == '"' && op->match[len - 1] == '"') {
		op->match[len - 1] = '\0';
		memmove(op->match, op->match + 1, len - 1);
	}
	return op->match;
}

static bool etag_usable(const struct redfish_op *op, unsigned mode)
{
	bool odd = str_starts(op->etag, "W/") || strstr(op->etag, "-gzip");

	if (op->etag_tries & 1u << mode)
		return false;
	if (mode == BMC_ETAG_STRONG)
		return odd;
	if (mode == BMC_ETAG_UNQUOTED)
		return *op->etag == '"' || odd;
	return mode != BMC_ETAG_AUTO || *op->etag;
}

bool redfish_etag_again(struct redfish_op *op, const struct redfish_response *r)
{
	static const enum bmc_etag order[ETAG_MODES] = {
		BMC_ETAG_AUTO, BMC_ETAG_STRONG,   BMC_ETAG_ANY,
		BMC_ETAG_NONE, BMC_ETAG_UNQUOTED,
	};

	if (r->status != 412 && r->status != 428)
		return false;
	for (size_t i = 0; i < ETAG_MODES; i++) {
		if (!etag_usable(op, order[i]))
			continue;
		op->etag_mode = order[i];
		op->etag_tries |= 1u << order[i];
		redfish_write(op);
		return true;
	}
	return false;
}

/* ---- forms ---- */

/* Only for BMCs that take a member by itself, where no other form is that. */
static bool changes_less(const struct redfish_op *op)
{
	unsigned plain = REDFISH_BOOT_ALL & ~REDFISH_BOOT_MODE;
	unsigned parts = redfish_boot_changes(&op->system.boot, &op->boot);

	if (op->form & FORM_PLAIN)
		parts &= plain;
	return parts && parts != REDFISH_BOOT_ALL && parts != plain &&
	       op->boot.device != BMC_BOOT_NONE;
}

static bool form_usable(const struct redfish_op *op)
{
	const struct bmc_rules *rules = &op->session->rules;
	bool plain = op->form & FORM_PLAIN;
	bool staged = op->form & FORM_STAGED;

	if (staged ? !*op->system.settings ||
			     rules->boot_place == BMC_PLACE_SYSTEM
		   : *op->system.settings &&
			     rules->boot_place == BMC_PLACE_OTHER)
		return false;
	if (rules->boot_mode == BMC_USE_NEVER)
		return plain && !(op->form & FORM_CHANGED);
	if (rules->boot_mode == BMC_USE_ALWAYS)
		return !plain && !(op->form & FORM_CHANGED);
	if ((op->form & FORM_CHANGED) && !changes_less(op))
		return false;
	return op->system.has_mode || plain;
}

static bool next_form(struct redfish_op *op)
{
	while (++op->forms_tried < N_FORMS) {
		op->form = (op->form + 1) % N_FORMS;
		if (form_usable(op))
			return true;
	}
	return false;
}

/* The settings object has a tag of its own. */
static void send_form(struct redfish_op *op)
{
	if ((op->form & FORM_STAGED) && !op->staged) {
		redfish_read_page(op, REDFISH_SETTINGS, op->system.settings);
		return;
	}
	redfish_write(op);
}

/* False: all forms have been tried. */
static bool try_next(struct redfish_op *op)
{
	bool staged = op->form & FORM_STAGED;

	if (!next_form(op))
		return false;
	/* The tag was that of the other object. */
	if (staged && !(op->form & FORM_STAGED))
		redfish_etag_begin(op, op->system.etag);
	if (!staged)
		op->staged = false;
	send_form(op);
	return true;
}

void redfish_boot_page(struct redfish_op *op, const struct redfish_response *r)
{
	struct redfish_system settings;
	struct err ignored;
	const char *etag = "*";

	op->staged = true;
	if (redfish_is_good(r) &&
	    !redfish_parse_system(r->body, r->body_len, &settings, &ignored))
		etag = r->etag ? r->etag : settings.etag;
	redfish_etag_begin(op, etag);
	redfish_write(op);
}

static bool can_target(const struct redfish_op *op)
{
	unsigned bit = 1u << op->boot.device;

	return !op->system.has_targets || op->boot.device == BMC_BOOT_NONE ||
	       (op->system.targets & bit);
}

int redfish_boot_start(struct redfish_op *op, struct err *err)
{
	const struct redfish_session *session = op->session;

	/* Lenovo XCC lists no Continuous: it is set again for each start. */
	if (op->system.once_only || session->rules.continuous == BMC_USE_NEVER)
		op->boot.persistent = false;
	if (op->boot.device == BMC_BOOT_OTHER || !can_target(op))
		return err_set(err, ERR_UNSUPPORTED,
			       "the BMC does not offer to boot from %s",
			       bmc_device_name(op->boot.device));
	if (*op->boot_url && !op->system.has_boot_url)
		return err_set(err, ERR_UNSUPPORTED,
			       "the BMC takes no URL to boot from (%s%s); "
			       "without one, DHCP says it",
			       *session->rules.http_attribute
				       ? "it is the BIOS attribute "
				       : "it has no HttpBootUri",
			       session->rules.http_attribute);
	redfish_etag_begin(op, op->system.etag);
	op->staged = false;
	op->forms_tried = 0;
	op->form = session->has_form ? session->form : 0;
	if (!session->has_form && session->rules.boot_mode == BMC_USE_NEVER)
		op->form = FORM_PLAIN;
	if (!form_usable(op) && !next_form(op))
		return err_set(err, ERR_UNSUPPORTED,
			       "no way to set a boot device");
	send_form(op);
	return 0;
}

void redfish_boot_build(struct redfish_op *op, struct redfish_request *out)
{
	unsigned parts = REDFISH_BOOT_ALL;

	if (op->form & FORM_CHANGED)
		parts = redfish_boot_changes(&op->system.boot, &op->boot);
	if (op->form & FORM_PLAIN)
		parts &= ~REDFISH_BOOT_MODE;
	out->method = "PATCH";
	out->path = op->form & FORM_STAGED ? op->system.settings
					   : op->session->system;
	out->if_match = redfish_if_match(op);
	op->body = redfish_build_boot(&op->boot, parts, op->boot_url);
}

bool redfish_boot_refused(struct redfish_op *op,
			  const struct redfish_response *r)
{
	if (redfish_etag_again(op, r))
		return true;
	return try_next(op);
}

/* ---- looking ---- */

static bool agrees(const struct redfish_op *op, const struct bmc_boot *seen,
		   const char *seen_url)
{
	if (seen->device != op->boot.device)
		return false;
	if (op->boot.device == BMC_BOOT_NONE)
		return true;
	return seen->persistent == op->boot.persistent &&
	       (!op->system.has_mode || seen->uefi == op->boot.uefi ||
		op->session->rules.boot_mode == BMC_USE_NEVER) &&
	       (!*op->boot_url || str_eq(seen_url, op->boot_url));
}

bool redfish_boot_agrees(const struct redfish_op *op)
{
	return agrees(op, &op->system.boot, op->system.boot_url);
}

bool redfish_boot_lost(const struct redfish_op *op)
{
	const struct redfish_session *session = op->session;
	const struct bmc_boot *wish = &session->wish;

	if (!session->wished || wish->device == BMC_BOOT_NONE ||
	    (!wish->persistent && op->now >= session->wish_until))
		return false;
	return op->system.boot.device != wish->device ||
	       (op->system.has_mode && op->system.boot.uefi != wish->uefi &&
		session->rules.boot_mode != BMC_USE_NEVER);
}

/* What is staged shows there until the next start, or in the system: both
 * are looked at in turn. */
void redfish_boot_ask(struct redfish_op *op, struct redfish_request *out)
{
	if (!(op->form & FORM_STAGED) || op->polls % 2 == 0)
		return;
	out->method = "GET";
	out->path = op->system.settings;
}

static const char *how(const struct redfish_op *op, const struct bmc_boot *boot)
{
	if (!op->system.has_mode || boot->device == BMC_BOOT_NONE)
		return "";
	return boot->uefi ? " (UEFI)" : " (legacy)";
}

static enum redfish_look differ(struct redfish_op *op)
{
	if (op->refused || op->polls < LOOKS)
		return REDFISH_NOT_YET;
	/* Taken, and not done: some want it elsewhere (AMI's SD). Once more
	 * does no harm here. */
	op->polls = 0;
	op->written = false;
	if (try_next(op))
		return REDFISH_WRITES;
	err_set(&op->result.err, ERR_MISMATCH,
		"boot override: set to %s%s, but the BMC says %s%s",
		bmc_device_name(op->boot.device), how(op, &op->boot),
		bmc_device_name(op->result.boot.device),
		how(op, &op->result.boot));
	return REDFISH_DIFFERS;
}

enum redfish_look redfish_boot_look(struct redfish_op *op,
				    const struct redfish_response *r)
{
	struct redfish_system seen;

	if (redfish_parse_system(r->body, r->body_len, &seen, &op->last))
		return REDFISH_NOT_YET;
	op->last.code = ERR_NONE;
	op->result.boot = seen.boot;
	if (!agrees(op, &seen.boot, seen.boot_url))
		return differ(op);
	op->system.boot = seen.boot;
	op->session->has_form = true;
	op->session->form = op->form;
	op->session->etag = op->etag_mode;
	op->session->learnt = true;
	return REDFISH_AGREES;
}

/* ---- the operation ---- */

/* What holds is to be set again when it is lost; what failed is not. */
static void wish(struct redfish_op *op, bool holds)
{
	struct redfish_session *session = op->session;

	holds = holds && op->boot.device != BMC_BOOT_NONE;
	if (holds || session->wished)
		session->learnt = true;
	session->wished = holds;
	session->wish = op->request.boot;
	session->wish_until = op->now + WISH_MS;
	redfish_learn(session, &session->wish_url, holds ? op->boot_url : NULL);
}

static void boot_system(struct redfish_op *op)
{
	op->boot = op->request.boot;
	op->boot_url =
		op->boot.device == BMC_BOOT_HTTP ? op->request.media : "";
	wish(op, false);
	if (op->system.once_only ||
	    op->session->rules.continuous == BMC_USE_NEVER)
		op->boot.persistent = false;
	if (redfish_boot_agrees(op)) {
		wish(op, true);
		redfish_finish(op, false);
	} else if (redfish_boot_start(op, &op->result.err)) {
		redfish_fail_result(op);
	}
}

static bool boot_next(struct redfish_op *op)
{
	wish(op, true);
	return false;
}

static bool boot_missing(struct redfish_op *op,
			 const struct redfish_response *r)
{
	if (!r->status)
		return false;
	redfish_boot_page(op, r);
	return true;
}

const struct redfish_subject redfish_boot_subject = {
	.whole = true,
	.system = boot_system,
	.page = redfish_boot_page,
	.missing = boot_missing,
	.build = redfish_boot_build,
	.refused = redfish_boot_refused,
	.ask = redfish_boot_ask,
	.look = redfish_boot_look,
	.next = boot_next,
};
