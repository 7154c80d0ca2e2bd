/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_IPMI_WALK_H
#define BMC_IPMI_WALK_H

#include "bmc/ipmi_op.h"

/*
 * The operations that are a walk of commands, each following from the answer
 * to the one before: for ipmi_op.c alone, which asks them in turn and has the
 * rest (time, busy answers, silence, refusals) in common.
 *
 * A walk keeps its place in op->walk; stages are its own, from 0.
 */
enum ipmi_step {
	IPMI_STEP_ON,     /* there is a next command */
	IPMI_STEP_WAIT,   /* likewise, but not at once */
	IPMI_STEP_DONE,   /* done, and read back */
	IPMI_STEP_TAKEN,  /* done, acknowledged only */
	IPMI_STEP_REFUSE, /* the answer is a refusal: its code says why */
	IPMI_STEP_FAILED, /* op->result.err has been filled in */
};

struct ipmi_walk_ops {
	void (*begin)(struct ipmi_op *op);
	void (*command)(struct ipmi_op *op, struct ipmi_command *out);
	/* Whatever its completion code; but not when busy, or silent. */
	enum ipmi_step (*answer)(struct ipmi_op *op,
				 const struct ipmi_response *r);
	/* What changes something got no answer, and may have got there: find
	 * out. NULL: there is no way to. */
	enum ipmi_step (*silence)(struct ipmi_op *op);
};

extern const struct ipmi_walk_ops ipmi_info_walk;
extern const struct ipmi_walk_ops ipmi_restart_walk;
extern const struct ipmi_walk_ops ipmi_nmi_walk;
extern const struct ipmi_walk_ops ipmi_identify_walk;
extern const struct ipmi_walk_ops ipmi_lan_walk;
extern const struct ipmi_walk_ops ipmi_users_walk;
extern const struct ipmi_walk_ops ipmi_password_walk;
extern const struct ipmi_walk_ops ipmi_log_walk;
extern const struct ipmi_walk_ops ipmi_clear_walk;
extern const struct ipmi_walk_ops ipmi_fru_walk;
extern const struct ipmi_walk_ops ipmi_sensor_walk;

/* ---- for them ---- */

struct rbuf ipmi_body(const struct ipmi_response *r);
enum ipmi_step ipmi_walk_fail(struct ipmi_op *op, enum err_code code,
			      const char *format, ...) PRINTF(3, 4);
/* An answer that is shorter than the standard has it. */
enum ipmi_step ipmi_walk_short(struct ipmi_op *op);

/* Completion codes. */
#define IPMI_CC_CANCELLED 0xc5
#define IPMI_CC_LENGTH    0xc7
#define IPMI_CC_TOO_LONG  0xc8
#define IPMI_CC_RANGE     0xc9
#define IPMI_CC_TOO_MUCH  0xca
#define IPMI_CC_ABSENT    0xcb
#define IPMI_CC_FIELD     0xcc

#endif
