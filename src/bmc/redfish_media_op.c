/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
#include "bmc/redfish_subject.h"

/*
 * Virtual media: one CD drive, of the system or of a manager. What is in it
 * is ejected first; what an insert has to say differs, so it is tried in
 * forms.
 */
enum { INSERT, EJECT };

#define LOOKS 12 /* at an image that is another one */

/* DSP0268: VirtualMedia hangs on the system, or, older, on a manager. */
static void find_at_managers(struct redfish_op *op)
{
	const struct redfish_system *system = &op->system;

	op->own_media = false;
	redfish_links_release(&op->links);
	for (size_t i = 0; i < REDFISH_MAX_UPS; i++)
		redfish_links_add(&op->links, REDFISH_MANAGER,
				  system->managers[i]);
	if (!op->links.n)
		redfish_links_add(&op->links, REDFISH_MANAGERS,
				  redfish_str(op->session->managers));
	redfish_read_next(op);
}

static void media_system(struct redfish_op *op)
{
	if (!*op->system.media ||
	    op->session->rules.media_place == BMC_PLACE_OTHER) {
		find_at_managers(op);
		return;
	}
	op->own_media = true;
	redfish_links_release(&op->links);
	redfish_links_add(&op->links, REDFISH_MEDIA_LIST, op->system.media);
	redfish_read_next(op);
}

static void media_begin(struct redfish_op *op)
{
	if (op->session->media && op->session->identified)
		redfish_read_page(op, REDFISH_MEDIA, op->session->media);
	else
		redfish_read_system(op);
}

static void media_end(struct redfish_op *op)
{
	if (op->own_media && op->session->rules.media_place == BMC_PLACE_AUTO)
		find_at_managers(op);
	else
		redfish_fail(op, ERR_UNSUPPORTED,
			     "the BMC has no virtual CD drive");
}

static const char *last_part(const char *url)
{
	const char *slash = strrchr(url, '/');

	return slash ? slash + 1 : url;
}

/* Some show the name alone. What shows none may be anything: ours only when
 * we have just put it in. */
static bool is_in(const struct redfish_op *op, bool trusting)
{
	const char *image = op->media.image;

	if (!op->media.inserted)
		return false;
	if (!*image)
		return trusting;
	return str_eq(image, op->request.media) ||
	       str_eq(image, last_part(op->request.media));
}

static void send_phase(struct redfish_op *op, unsigned phase)
{
	const struct redfish_session *session = op->session;

	op->phase = phase;
	op->form = session->insert;
	if (session->rules.media_insert && !session->insert)
		op->form = session->rules.media_insert - 1;
	redfish_etag_begin(op, op->media.etag);
	redfish_write_anew(op, 0);
}

static void on_drive(struct redfish_op *op, const struct redfish_response *r)
{
	struct redfish_session *session = op->session;
	bool eject = op->request.op == BMC_MEDIA_EJECT;

	if (redfish_parse_media(r->body, r->body_len, &op->media,
				&op->result.err)) {
		redfish_fail_result(op);
		return;
	}
	if (!session->media && !op->media.cd) {
		redfish_read_next(op);
		return;
	}
	if (r->etag)
		str_copy(op->media.etag, sizeof(op->media.etag), r->etag);
	redfish_learn(session, &session->media, op->page.path);
	if (eject ? !op->media.inserted : is_in(op, false))
		redfish_finish(op, false);
	else if (bmc_in_doubt(&op->request, op->polls))
		redfish_pause(op, bmc_poll_ms(op->polls++), REDFISH_AT_PAGE);
	else
		send_phase(op, eject || op->media.inserted ? EJECT : INSERT);
}

static void media_page(struct redfish_op *op, const struct redfish_response *r)
{
	int status = 0;

	switch (op->page.kind) {
	case REDFISH_MEDIA:
		on_drive(op, r);
		return;
	case REDFISH_MANAGERS:
		status = redfish_parse_links(r->body, r->body_len,
					     REDFISH_MANAGER, &op->links,
					     &op->result.err);
		break;
	case REDFISH_MANAGER:
		status = redfish_parse_manager(r->body, r->body_len,
					       &op->manager, &op->result.err);
		if (!status)
			redfish_links_add(&op->links, REDFISH_MEDIA_LIST,
					  op->manager.media);
		break;
	default:
		status =
			redfish_parse_links(r->body, r->body_len, REDFISH_MEDIA,
					    &op->links, &op->result.err);
		break;
	}
	if (status)
		redfish_fail_result(op);
	else
		redfish_read_next(op);
}

/* Lenovo XCC has no actions there: the drive itself is patched. */
static void media_build(struct redfish_op *op, struct redfish_request *out)
{
	bool eject = op->phase == EJECT;
	const char *action = eject ? op->media.eject : op->media.insert;

	out->method = *action ? "POST" : "PATCH";
	out->path = *action ? action : op->session->media;
	/* An iDRAC answers 412 to If-Match on an action. */
	if (!*action)
		out->if_match = redfish_if_match(op);
	if (!eject)
		op->body = redfish_build_insert(op->request.media, op->form);
	else
		op->body = xstrdup(*action ? "{}"
					   : "{\"Image\":null,"
					     "\"Inserted\":false}");
}

static bool media_refused(struct redfish_op *op,
			  const struct redfish_response *r)
{
	if (redfish_etag_again(op, r))
		return true;
	if (r->status == 403 || op->phase == EJECT)
		return false;
	/* It says that the drive is empty, and that it is taken. */
	if (r->status == 409 && !op->ejected) {
		op->ejected = true;
		send_phase(op, EJECT);
		return true;
	}
	if (++op->forms_tried >= REDFISH_N_INSERTS)
		return false;
	op->form = (op->form + 1) % REDFISH_N_INSERTS;
	redfish_write(op);
	return true;
}

static void media_ask(struct redfish_op *op, struct redfish_request *out)
{
	out->method = "GET";
	out->path = op->session->media;
}

static enum redfish_look media_look(struct redfish_op *op,
				    const struct redfish_response *r)
{
	bool eject = op->phase == EJECT;

	if (redfish_parse_media(r->body, r->body_len, &op->media, &op->last))
		return REDFISH_NOT_YET;
	if (r->etag)
		str_copy(op->media.etag, sizeof(op->media.etag), r->etag);
	if (eject ? !op->media.inserted : is_in(op, !op->refused))
		return REDFISH_AGREES;
	err_set(&op->last, ERR_MISMATCH, "the BMC says that %s%.200s is in",
		op->media.inserted ? "another image " : "nothing",
		op->media.image);
	if (!op->media.inserted || op->refused || op->polls < LOOKS)
		return REDFISH_NOT_YET;
	op->result.err = op->last;
	return REDFISH_DIFFERS;
}

static bool media_next(struct redfish_op *op)
{
	struct redfish_session *session = op->session;

	if (op->phase == EJECT && op->request.op == BMC_MEDIA_INSERT) {
		op->last.code = ERR_NONE;
		send_phase(op, INSERT);
		return true;
	}
	if (op->phase == INSERT && session->insert != op->form) {
		session->insert = op->form;
		session->learnt = true;
	}
	return false;
}

const struct redfish_subject redfish_media_subject = {
	.whole = true,
	.begin = media_begin,
	.system = media_system,
	.page = media_page,
	.end = media_end,
	.build = media_build,
	.refused = media_refused,
	.ask = media_ask,
	.look = media_look,
	.next = media_next,
};
