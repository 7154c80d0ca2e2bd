/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bmc_rotate.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"
#include "bmc/rotate_plan.h"
#include "cli/bmc_local.h"
#include "cli/password.h"

struct rotation {
	struct bmc_local *local;
	const struct bmc_target *target;
	const char *account;
	const char *path;
	char next[BMC_PASSWORD_SIZE];
	bool made; /* the file is ours */
};

static int write_down(struct rotation *rotation, struct err *err)
{
	CLEANUP(secret_release) struct buf line = BUF_INIT(256);

	buf_printf(&line, "%s\n", rotation->next);
	if (file_replace(rotation->path, line.base, line.len, err))
		return -1;
	rotation->made = true;
	return 0;
}

static int forget(const struct rotation *rotation, struct err *err)
{
	if (rotation->made && unlink(rotation->path))
		return err_errno(err, errno, "%s", rotation->path);
	return 0;
}

static int ask(struct rotation *rotation, enum rotate_step step, bool *sent,
	       struct err *err)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct bmc_request request = { .op = BMC_PROBE };
	AUTO_JSON json_t *answer = NULL;

	bmc_target_copy(&target, rotation->target);
	if (step == ROTATE_SET) {
		request.op = BMC_PASSWORD_SET;
		str_copy(request.user, sizeof(request.user), rotation->account);
		str_copy(request.secret, sizeof(request.secret),
			 rotation->next);
	} else if (step == ROTATE_TRY_NEW) {
		str_copy(target.user, sizeof(target.user), rotation->account);
		str_copy(target.password, sizeof(target.password),
			 rotation->next);
	}
	answer = bmc_local_ask(rotation->local, &target, &request, err);
	*sent = bmc_local_sent(rotation->local);
	secret_wipe(request.secret, sizeof(request.secret));
	return answer ? 0 : -1;
}

static int carry_out(struct rotation *rotation, enum rotate_step step,
		     bool *sent, struct err *err)
{
	switch (step) {
	case ROTATE_RECORD:
		return write_down(rotation, err);
	case ROTATE_ADOPT:
		return 0; /* the file is what is stored */
	case ROTATE_FORGET:
		return forget(rotation, err);
	default:
		return ask(rotation, step, sent, err);
	}
}

/* The file's, if there is one. */
static int take_next(struct rotation *rotation, struct rotate *plan,
		     struct err *err)
{
	const struct password_source source = { .file = rotation->path };
	struct rng rng = rng_system();

	plan->recorded = access(rotation->path, F_OK) == 0;
	if (plan->recorded)
		return password_read(&source, rotation->next,
				     sizeof(rotation->next), err);
	rotate_password(&rng, rotation->next);
	return 0;
}

static int run(struct rotation *rotation, struct err *err)
{
	struct rotate plan = { .recorded = false };
	enum rotate_step step;

	if (take_next(rotation, &plan, err))
		return -1;
	while ((step = rotate_next(&plan)) < ROTATE_DONE) {
		struct err error = { .code = ERR_NONE };
		bool sent = false;
		int failed = carry_out(rotation, step, &sent, &error);

		rotate_told(&plan, step, failed ? &error : NULL, sent);
	}
	if (step == ROTATE_DONE)
		return 0;
	rotate_error(&plan, err);
	return -1;
}

int bmc_rotate(const struct bmc_target *target, const char *account,
	       const char *path, struct err *err)
{
	struct rotation rotation = { .local = bmc_local_new(),
				     .target = target,
				     .account =
					     account ? account : target->user,
				     .path = path };
	int status = run(&rotation, err);

	bmc_local_free(rotation.local);
	secret_wipe(rotation.next, sizeof(rotation.next));
	return status;
}
