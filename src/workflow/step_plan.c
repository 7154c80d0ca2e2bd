/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/step_plan.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

void step_plan_release(struct step_plan *plan)
{
	free(plan->steps);
	memset(plan, 0, sizeof(*plan));
}

static int decode_power(const json_t *action, struct step *step,
			struct err *err)
{
	static const char *const actions[] = { "on",    "off",   "soft",
					       "reset", "cycle", "status" };
	const char *power = json_str_at(action, "powerAction");

	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		if (!power || !str_eq(power, actions[i]))
			continue;
		snprintf(step->kind, sizeof(step->kind), "power-%s", power);
		return 0;
	}
	return err_set(err, ERR_INVALID,
		       "powerAction: expected on, off, soft, status, cycle or "
		       "reset");
}

static int decode_device(const json_t *action, struct step *step,
			 struct err *err)
{
	const char *device = json_str_at(action, "bootDevice.device");
	const char *once =
		json_str_at(action, "oneTimeBootDeviceAction.device[0]");
	bool uefi =
		json_bool_at(action, "bootDevice.efiBoot", false) ||
		json_bool_at(action, "oneTimeBootDeviceAction.efiBoot", false);
	bool persistent = json_bool_at(action, "bootDevice.persistent", false);

	if (once)
		device = once;
	if (!device || !*device || strlen(device) > 12)
		return err_set(err, ERR_INVALID,
			       "bootDevice: expected the name of a device");
	snprintf(step->kind, sizeof(step->kind), "boot-%s", device);
	snprintf(step->args, sizeof(step->args), "%s%s%s", uefi ? "uefi" : "",
		 uefi && persistent ? "," : "", persistent ? "persistent" : "");
	return 0;
}

static int decode_media(const json_t *action, struct step *step,
			struct err *err)
{
	const char *url = json_str_at(action, "virtualMediaAction.mediaURL");

	if (!url || !*url) {
		str_copy(step->kind, sizeof(step->kind), "media-eject");
		return 0;
	}
	str_copy(step->kind, sizeof(step->kind), "media-insert");
	if (!str_copy(step->args, sizeof(step->args), url))
		return err_set(err, ERR_TOO_BIG,
			       "virtualMediaAction.mediaURL: over %zu "
			       "characters",
			       sizeof(step->args) - 1);
	return 0;
}

int step_decode(const json_t *action, struct step *step, struct err *err)
{
	memset(step, 0, sizeof(*step));
	if (json_object_get(action, "powerAction"))
		return decode_power(action, step, err);
	if (json_object_get(action, "bootDevice") ||
	    json_object_get(action, "oneTimeBootDeviceAction"))
		return decode_device(action, step, err);
	if (json_object_get(action, "virtualMediaAction"))
		return decode_media(action, step, err);
	return err_set(err, ERR_INVALID,
		       "a task must have one of powerAction, bootDevice, "
		       "oneTimeBootDeviceAction, virtualMediaAction");
}

static struct step *add(struct step_plan *plan, const char *stage,
			const char *kind, const char *args)
{
	struct step *step = &plan->steps[plan->n];

	memset(step, 0, sizeof(*step));
	step->position = (int)plan->n++;
	str_copy(step->stage, sizeof(step->stage), stage);
	str_copy(step->kind, sizeof(step->kind), kind);
	str_copy(step->args, sizeof(step->args), args);
	return step;
}

static const char *efi(const struct run *run)
{
	return run->uefi ? "uefi" : "";
}

static int plan_iso(const json_t *workflow, const struct run *run,
		    struct step_plan *plan, struct err *err)
{
	const char *url = json_str_at(workflow, "spec.bootOptions.isoURL");

	if (!url || !*url)
		return err_set(err, ERR_INVALID,
			       "bootMode isoboot needs "
			       "spec.bootOptions.isoURL");
	if (strlen(url) >= sizeof(plan->steps[0].args))
		return err_set(err, ERR_TOO_BIG,
			       "spec.bootOptions.isoURL: over %zu characters",
			       sizeof(plan->steps[0].args) - 1);
	add(plan, "prepare", "power-off", "");
	add(plan, "prepare", "media-eject", "");
	add(plan, "prepare", "media-insert", url);
	add(plan, "prepare", "boot-cdrom", efi(run));
	add(plan, "prepare", "power-on", "");
	return 0;
}

static void plan_netboot(const struct run *run, struct step_plan *plan)
{
	add(plan, "prepare", "power-off", "");
	add(plan, "prepare", "boot-pxe", efi(run));
	add(plan, "prepare", "power-on", "");
}

static int plan_list(const json_t *workflow, const char *key, const char *stage,
		     struct step_plan *plan, struct err *err)
{
	AUTO_FREE char *path =
		xasprintf("spec.bootOptions.custombootConfig.%s", key);
	const json_t *list = json_at(workflow, path);
	size_t i;
	json_t *action;

	if (json_array_size(list) > STEP_MAX)
		return err_set(err, ERR_TOO_BIG, "%s: over %d", path, STEP_MAX);
	json_array_foreach ((json_t *)(uintptr_t)list, i, action) {
		struct step step;

		if (step_decode(action, &step, err))
			return err_wrap(err, "%s[%zu]", path, i);
		add(plan, stage, step.kind, step.args);
	}
	return 0;
}

static bool any(const struct step_plan *plan, const char *stage,
		const char *kind)
{
	for (size_t i = 0; i < plan->n; i++)
		if (str_eq(plan->steps[i].stage, stage) &&
		    str_starts(plan->steps[i].kind, kind))
			return true;
	return false;
}

/* For one boot, which may not have come. */
static bool overrides_once(const struct step_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (str_starts(plan->steps[i].kind, "boot-") &&
		    !strstr(plan->steps[i].args, "persistent"))
			return true;
	return false;
}

static bool works_on(const struct run *run, const struct action *action)
{
	return !*action->background && !str_eq(action->state, "SKIPPED") &&
	       action->machine == run->machine;
}

/* The last action that takes the run's machine along, or stands at its end. */
static const struct action *last_of(const struct run *run,
				    const struct action *actions, size_t n)
{
	while (n-- > 0)
		if (works_on(run, &actions[n]))
			return &actions[n];
	return NULL;
}

/* Nothing can follow on a machine that is off, or runs something else. */
static int check_leaving(const struct action *actions, size_t n,
			 struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct action *action = &actions[i];

		if (str_eq(action->state, "SKIPPED") ||
		    (!str_eq(action->leaves, "poweroff") &&
		     !str_eq(action->leaves, "kexec")))
			continue;
		for (size_t k = i + 1; k < n; k++)
			if (actions[k].machine == action->machine &&
			    !str_eq(actions[k].state, "SKIPPED"))
				return err_set(err, ERR_INVALID,
					       "action \"%s\" cannot follow "
					       "\"%s\": that is the last that "
					       "its machine does in the "
					       "in-memory OS",
					       actions[k].name, action->name);
	}
	return 0;
}

static void plan_again(const struct run *run, const struct action *actions,
		       size_t n, struct step_plan *plan)
{
	const struct action *last = last_of(run, actions, n);
	const char *kind =
		str_eq(run->boot, "isoboot") ? "boot-cdrom" : "boot-pxe";

	for (size_t i = 0; i < n; i++)
		if (works_on(run, &actions[i]) && &actions[i] != last &&
		    str_eq(actions[i].leaves, "reboot"))
			add(plan, "again", kind, efi(run))->action =
				actions[i].position;
}

static void plan_end(const struct run *run, const struct action *actions,
		     size_t n, struct step_plan *plan)
{
	const struct action *last = last_of(run, actions, n);
	bool custom = str_eq(run->boot, "customboot");

	if (run->await_os && !any(plan, "post", "power-")) {
		add(plan, "restart", "power-off", "");
		add(plan, "restart", "power-on", "");
	}
	/* It said that it goes; that it went is for the BMC to say. */
	if (!run->await_os && !custom && last &&
	    str_eq(last->leaves, "poweroff"))
		add(plan, "close", "power-off", "");
	if (str_eq(run->boot, "isoboot"))
		add(plan, "close", "media-eject", "");
	if (!custom || (overrides_once(plan) && !any(plan, "post", "boot-")))
		add(plan, "close", "boot-none", "");
}

static int set_mode(const json_t *workflow, bool has_bmc, struct run *run,
		    struct err *err)
{
	const char *mode = json_str_at(workflow, "spec.bootOptions.bootMode");

	run->toggle = json_bool_at(
		workflow, "spec.bootOptions.toggleAllowNetboot", false);
	if (!mode || !*mode)
		return 0;
	if (str_eq(mode, "iso"))
		mode = "isoboot";
	if (!str_eq(mode, "netboot") && !str_eq(mode, "isoboot") &&
	    !str_eq(mode, "customboot"))
		return err_set(err, ERR_INVALID,
			       "spec.bootOptions.bootMode: \"%s\": expected "
			       "netboot, isoboot or customboot",
			       mode);
	if (!has_bmc)
		return err_set(err, ERR_INVALID,
			       "bootMode %s needs a BMC, and the Hardware "
			       "has no spec.bmcRef",
			       mode);
	str_copy(run->boot, sizeof(run->boot), mode);
	return 0;
}

int step_plan(const json_t *workflow, bool has_bmc, struct run *run,
	      const struct action *actions, size_t n_actions,
	      struct step_plan *plan, struct err *err)
{
	int status = 0;

	memset(plan, 0, sizeof(*plan));
	if (set_mode(workflow, has_bmc, run, err) ||
	    check_leaving(actions, n_actions, err))
		return -1;
	if (!*run->boot)
		return 0;
	plan->steps = xcalloc(STEP_MAX_RESULT, sizeof(*plan->steps));
	if (str_eq(run->boot, "netboot"))
		plan_netboot(run, plan);
	else if (str_eq(run->boot, "isoboot"))
		status = plan_iso(workflow, run, plan, err);
	else if (plan_list(workflow, "preparingActions", "prepare", plan,
			   err) ||
		 plan_list(workflow, "postActions", "post", plan, err))
		status = -1;
	if (status) {
		step_plan_release(plan);
		return -1;
	}
	if (!str_eq(run->boot, "customboot"))
		plan_again(run, actions, n_actions, plan);
	plan_end(run, actions, n_actions, plan);
	return 0;
}
