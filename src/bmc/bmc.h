/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_BMC_H
#define BMC_BMC_H

#include "base/loop.h"
#include "bmc/counts.h"
#include "bmc/types.h"

/*
 * The core of out-of-band management: a mailbox for each BMC, and places for
 * what is done at once (fleet_plan.h).
 *
 * A mailbox does one operation at a time, by its request's urgency and then
 * in the order submitted. Reads, and writes of which nothing has left, are
 * tried again a few times when that may help, and by the target's other ways;
 * a write that may have left is looked for first. Credentials that were
 * refused are not tried again until the target changes, for BMCs lock
 * accounts, and a BMC that gives no answer is left alone for a while: what is
 * asked meanwhile fails at once, and says when the next try will be.
 *
 *	struct bmc *bmc = bmc_new(loop);
 *	struct bmc_request request = { .op = BMC_POWER_GET };
 *
 *	bmc_submit(bmc, "r1n01", &target, &request, on_power, machine);
 *
 * Each submitted operation has exactly one result, which comes from the loop
 * and never from inside of a call.
 */
struct bmc;
struct bmc_driver;
struct quirk_table;

typedef void (*bmc_fn)(void *arg, const char *id,
		       const struct bmc_result *result);

/*
 * Who keeps what is learnt of a BMC (its session, what it takes) when we are
 * not there: one JSON text for each id. There is a token in it, so it has to
 * be kept as a password is.
 */
struct bmc_memory {
	/* The text that was saved last, or NULL; the core wipes and frees. */
	char *(*load)(void *arg, const char *id);
	/* NULL: the BMC is gone, forget it. */
	void (*save)(void *arg, const char *id, const char *text);
	/* Likewise that it refused credentials (refusal.h). May be NULL; then
	 * a restart is another try. */
	char *(*load_refusal)(void *arg, const char *id);
	void (*save_refusal)(void *arg, const char *id, const char *text);
	void *arg;
};

struct bmc *bmc_new(struct loop *loop);
/* What is under way ends without a result, sessions without a logout. */
void bmc_free(struct bmc *bmc);

/* Both before the first operation. Without a memory sessions end a minute
 * after they were used; the table is kept until bmc_free. */
void bmc_set_memory(struct bmc *bmc, const struct bmc_memory *memory);
void bmc_set_quirks(struct bmc *bmc, const struct quirk_table *quirks);

/* Beside those of the drivers. 0: no limit, which is so without this. */
struct bmc_limits {
	uint32_t most; /* operations at once */
	uint32_t most_per_rack;
	uint32_t power_on_per_s;
	uint32_t power_on_per_s_per_rack;
};

void bmc_set_limits(struct bmc *bmc, const struct bmc_limits *limits);

/* Target and request are copied. The newest target is that of what waits,
 * too. */
void bmc_submit(struct bmc *bmc, const char *id,
		const struct bmc_target *target,
		const struct bmc_request *request, bmc_fn done, void *arg);

/* The same with the target that was given last. False: there is none. */
bool bmc_submit_again(struct bmc *bmc, const char *id,
		      const struct bmc_request *request, bmc_fn done,
		      void *arg);

/* Ends what is under way or waits with ERR_CANCELLED, and logs out. */
void bmc_forget(struct bmc *bmc, const char *id);
void bmc_cancel_all(struct bmc *bmc);
/* Somebody says that a BMC is worth a try again, whose credentials were
 * refused or that gave no answer. False: it was not held back. */
bool bmc_thaw(struct bmc *bmc, const char *id);

/* How it stands with a BMC, for people. */
struct bmc_view {
	enum bmc_standing standing;
	struct err cause;    /* of the last failure, while it lasts */
	int64_t next_try_ms; /* BMC_LEFT_ALONE: until then nothing is tried */
	unsigned n_silent;   /* tries without an answer, in a row */
	uint32_t usual_ms;   /* that a read takes; 0: not known */
	unsigned share_percent; /* of its time that we may use */
	bool running;
	const char *driver; /* that is tried first; NULL: none yet */
};

/* False: nothing was ever asked of it. */
bool bmc_look(const struct bmc *bmc, const char *id, struct bmc_view *view);
/* The core's own: as they are at the call. */
const struct bmc_counts *bmc_counts(struct bmc *bmc);

/* Nothing is under way, waits, or is logging out. */
bool bmc_idle(const struct bmc *bmc);

/*
 * The console of a machine: its serial line, through the BMC. It has a
 * session of its own, beside the operations.
 *
 * `take` ends somebody else's. Text comes as the BMC sends it; `closed` comes
 * once, when there will be no more, with the cause. Both come from the loop,
 * and may close the console; its owner always has to.
 */
struct bmc_console;

struct bmc_console_ops {
	void (*text)(void *arg, const void *bytes, size_t n);
	void (*closed)(void *arg, const struct err *err);
};

/* NULL: consoles are nothing that this protocol has. */
struct bmc_console *bmc_console_open(struct bmc *bmc,
				     const struct bmc_target *target, bool take,
				     const struct bmc_console_ops *ops,
				     void *arg, struct err *err) NODISCARD;
/* How many bytes were taken; the others have to come again. */
size_t bmc_console_write(struct bmc_console *console, const void *bytes,
			 size_t n);
void bmc_console_close(struct bmc_console *console);

/* With other drivers for the two protocols, of which the second also stands in
 * for ipmitool, and the first for webhooks: for tests. */
struct bmc *bmc_new_with(struct loop *loop, const struct bmc_driver *redfish,
			 const struct bmc_driver *ipmi);

#endif
