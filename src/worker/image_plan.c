/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/image_plan.h"

#include <string.h>

#include "base/str.h"
#include "worker/action.h"

static int take_digest(const struct task *task, const char *name,
		       struct image_plan *plan, struct err *err)
{
	const char *text = task_env(task, name);
	unsigned char digest[32];
	char hex[65];

	if (!text || !*text)
		return 0;
	if (str_starts(text, "sha256:"))
		text += strlen("sha256:");
	if (strlen(text) != 64 || !str_unhex(digest, sizeof(digest), text))
		return err_set(err, ERR_INVALID,
			       "%s: expected sha256: and 64 hex digits", name);
	str_hex(hex, digest, sizeof(digest));
	if (plan->sha256[0] && !str_eq(plan->sha256, hex))
		return err_set(err, ERR_INVALID,
			       "CHECKSUM and IMG_SHA256 differ");
	str_copy(plan->sha256, sizeof(plan->sha256), hex);
	return 0;
}

int image_plan(const struct task *task, struct image_plan *plan,
	       struct err *err)
{
	uint32_t minutes = 10;
	uint32_t seconds = 3;
	bool compressed = false;

	memset(plan, 0, sizeof(*plan));
	plan->retry = true;
	plan->url = action_require(task, "IMG_URL", err);
	if (!plan->url)
		return -1;
	plan->disk = action_require(task, "DEST_DISK", err);
	if (!plan->disk)
		return -1;
	if (!str_starts(plan->url, "http://") &&
	    !str_starts(plan->url, "https://"))
		return err_set(err, ERR_INVALID,
			       "IMG_URL=%s: expected http:// or https://",
			       plan->url);
	if (action_bool(task, "COMPRESSED", &compressed, err) ||
	    action_bool(task, "RETRY_ENABLED", &plan->retry, err) ||
	    action_number(task, "RETRY_DURATION_MINUTES", 24 * 60, &minutes,
			  err) ||
	    action_number(task, "PROGRESS_INTERVAL_SECONDS", 3600, &seconds,
			  err) ||
	    take_digest(task, "CHECKSUM", plan, err) ||
	    take_digest(task, "IMG_SHA256", plan, err))
		return -1;
	plan->retry_ms = (int64_t)minutes * 60 * 1000;
	plan->log_ms = (int64_t)seconds * 1000;
	return 0;
}
