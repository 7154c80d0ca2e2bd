/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAKE_REDFISH_TALK_H
#define TESTS_FAKE_REDFISH_TALK_H

#include "bmc/redfish_op.h"

/*
 * A conversation with a BMC that says what the test makes it say: the
 * operation, the time, and the request that is out. Every function fails the
 * test when the operation does something else.
 *
 *	struct talk talk = { 0 };
 *
 *	talk_known(&talk, &request);
 *	talk_expect(&talk, "GET", "/s/1");
 *	talk_power(&talk, "Off");
 *	...
 *	talk_end(&talk, ERR_NONE);
 */
#define TALK_ROOT                                                              \
	"{\"Systems\":{\"@odata.id\":\"/s\"},\"Managers\":{\"@odata.id\":"     \
	"\"/m\"},\"Chassis\":{\"@odata.id\":\"/c\"},\"AccountService\":{"      \
	"\"@odata.id\":\"/a\"},\"UpdateService\":{\"@odata.id\":\"/u\"},"      \
	"\"Links\":{\"Sessions\":{\"@odata.id\":\"/l\"}}}"
#define TALK_RESETS                                                            \
	"[\"On\",\"ForceOff\",\"GracefulShutdown\",\"ForceRestart\"]"

struct talk {
	struct bmc_target target;
	struct redfish_session session;
	struct redfish_op *op; /* NULL: it has ended */
	struct redfish_request out;
	mono_ms now;
	struct bmc_result result; /* of what has ended */
};

/* With a BMC that nothing is known of. */
void talk_begin(struct talk *talk, const struct bmc_request *request);
/* Logged in, and the way to the system is known. */
void talk_known(struct talk *talk, const struct bmc_request *request);
/* The same session, another operation. */
void talk_next(struct talk *talk, const struct bmc_request *request);

/* The next request has to be this one. */
void talk_expect(struct talk *talk, const char *method, const char *path);
void talk_expect_body(struct talk *talk, const char *body);
void talk_expect_nothing(struct talk *talk);

void talk_say(struct talk *talk, const struct redfish_response *response);
void talk_answer(struct talk *talk, int status, const char *body);
void talk_login(struct talk *talk); /* 201, "T2", "/l/2" */
void talk_silence(struct talk *talk, enum err_code code, bool sent);
void talk_system(struct talk *talk, const char *power, const char *enabled,
		 const char *target);
void talk_power(struct talk *talk, const char *power);
/* A body with a message id in it. */
void talk_refuse(struct talk *talk, int status, const char *id);

/* Lets a pause pass: to the next deadline. */
void talk_wait(struct talk *talk);
/* It has ended in this way; releases operation and session. */
void talk_end(struct talk *talk, enum err_code code);
/* The same, and the session goes on. */
void talk_done(struct talk *talk, enum err_code code);

#endif
