/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/why_plan.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "workflow/why_rule_plan.h"

/* An event says the same as a cause, but may be of a try that was made good. */
#define ONLY_IN_EVENT 15
/* What the machine did last is likelier to be why it stands still. */
#define SEEN_LAST 4
#define MAX_OFTEN 4
/* Below it is what is said where nothing better is known. */
#define KNOWN 40

/* A star in the sign stands for whatever is between. */
static bool has_text(const char *text, const char *sign)
{
	char begin[64];
	const char *star = strchr(sign, '*');
	const char *at;

	if (!star)
		return strstr(text, sign) != NULL;
	snprintf(begin, sizeof(begin), "%.*s", (int)(star - sign), sign);
	at = strstr(text, begin);
	return at && strstr(at + strlen(begin), star + 1);
}

static bool has_sign(const struct why_rule *rule, const char *text)
{
	for (size_t i = 0; i < WHY_SIGNS && rule->signs[i]; i++)
		if (has_text(text, rule->signs[i]))
			return true;
	return false;
}

/* The newest that speak for it, and what they add to its score. */
static int gather(const struct why_scene *scene, const struct why_rule *rule,
		  bool signs, struct why_hypothesis *out)
{
	const struct event *events = scene->view->events;
	uint64_t wanted = rule->with | rule->shows;
	int64_t often = 0;
	int more = 0;

	for (size_t i = scene->end; i > scene->first; i--) {
		if (!(scene->sights[i - 1 - scene->first] & wanted) ||
		    (signs && !has_sign(rule, events[i - 1].message)))
			continue;
		if (i - 1 == scene->last)
			more = SEEN_LAST;
		if (events[i - 1].n - 1 > often)
			often = events[i - 1].n - 1;
		if (out->n_evidence == WHY_EVIDENCE)
			break;
		out->evidence[out->n_evidence++] = i - 1;
	}
	for (size_t i = 0; i < out->n_evidence / 2; i++) {
		size_t other = out->n_evidence - 1 - i;
		size_t index = out->evidence[i];

		out->evidence[i] = out->evidence[other];
		out->evidence[other] = index;
	}
	return more + (int)(often < MAX_OFTEN ? often : MAX_OFTEN);
}

static bool fits(const struct why_scene *scene, const struct why_rule *rule,
		 struct why_hypothesis *out)
{
	bool in_cause = has_sign(rule, scene->view->run->cause);

	if ((rule->phases &&
	     (scene->phase == N_PHASES ||
	      !(rule->phases & (UINT32_C(1) << scene->phase)))) ||
	    (scene->seen & rule->with) != rule->with ||
	    (scene->seen & rule->without) || (rule->overdue && !scene->overdue))
		return false;
	*out = (struct why_hypothesis){ .word = rule->word,
					.cause = rule->cause,
					.advice = rule->advice,
					.score = rule->score };
	out->score += gather(scene, rule, *rule->signs && !in_cause, out);
	if (*rule->signs && !in_cause) {
		out->score -= ONLY_IN_EVENT;
		if (!out->n_evidence)
			return false;
	}
	if (out->score > 100)
		out->score = 100;
	return true;
}

/* In its place; of two that say the same, the better one. */
static void rank(struct why_plan *plan, const struct why_hypothesis *found)
{
	size_t at = 0;
	size_t end;

	while (at < plan->n && plan->items[at].score >= found->score) {
		if (str_eq(plan->items[at].word, found->word))
			return;
		at++;
	}
	end = at;
	while (end < plan->n && !str_eq(plan->items[end].word, found->word))
		end++;
	if (end == plan->n) {
		if (plan->n < WHY_HYPOTHESES)
			plan->n++;
		else
			end--;
	}
	if (at >= plan->n)
		return;
	memmove(&plan->items[at + 1], &plan->items[at],
		(end - at) * sizeof(plan->items[0]));
	plan->items[at] = *found;
}

static void say(struct why_plan *plan, const char *word, const char *cause,
		const char *advice)
{
	plan->items[plan->n++] = (struct why_hypothesis){
		.word = word, .cause = cause, .advice = advice, .score = 100
	};
}

/* It stands still because somebody wants it to. */
static bool is_held(const struct run *run, struct why_plan *plan)
{
	if (run->ended_at || *run->outcome)
		return false;
	if (run->paused_at)
		say(plan, "paused", "an operator has paused it",
		    "`tomte run resume NAME` lets it go on");
	else if (*run->waits)
		say(plan, "waits-for-turn",
		    "as many machines as may are at it at the same time", "");
	return plan->n;
}

static void drop_guesses(struct why_plan *plan)
{
	while (plan->n && plan->items[0].score >= KNOWN &&
	       plan->items[plan->n - 1].score < KNOWN)
		plan->n--;
}

static void try_rules(const struct why_scene *scene,
		      const struct why_rule *rules, size_t n,
		      struct why_plan *plan)
{
	for (size_t i = 0; i < n; i++) {
		struct why_hypothesis found;

		if (fits(scene, &rules[i], &found))
			rank(plan, &found);
	}
}

void why_plan(const struct run_view *view, struct why_plan *plan)
{
	static const struct why_rule *(*const tables[])(
		size_t *) = { why_written_rules, why_rules, why_heard_rules };
	CLEANUP(why_scene_release) struct why_scene scene = { 0 };

	memset(plan, 0, sizeof(*plan));
	if (is_held(view->run, plan) ||
	    (view->run->ended_at && !*view->run->cause))
		return;
	why_scene(view, &scene);
	why_scene_look(&scene);
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		size_t n;
		const struct why_rule *rules = tables[i](&n);

		try_rules(&scene, rules, n, plan);
	}
	drop_guesses(plan);
}
