/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine: it goes over the text once, with a list of all places in the
 * program where a match may be, the preferred first. No place is in the list
 * twice, which bounds the work for a character by the program's length.
 */
#include <string.h>

#include "base/mem.h"
#include "template/regex.h"
#include "template/regex_node.h"
#include "template/utf8.h"

struct list {
	size_t n;
	uint32_t *places; /* in order of preference */
	size_t *spans;    /* of each place */
	size_t *marks;    /* at which turn it came in last, by place */
};

/* A place to look at, or a span to put back after one. */
struct todo {
	uint32_t place;
	uint32_t slot; /* UINT32_MAX: a place */
	size_t value;
};

struct machine {
	const struct regex *regex;
	const struct regex_text *text;
	size_t n_slots;
	struct list now;
	struct list next;
	struct todo *todo;
	size_t *spans; /* of the place that is being added */
	size_t turn;
	size_t work;
};

static bool is_word(const struct regex_text *text, size_t at)
{
	char c = at < text->len ? text->base[at] : '\0';

	return c == '_' || (c >= '0' && c <= '9') ||
	       ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static bool holds(const struct regex_text *text, size_t at,
		  enum regex_assert assertion)
{
	bool edge;

	switch (assertion) {
	case REGEX_TEXT_START:
		return at == 0;
	case REGEX_TEXT_END:
		return at == text->len;
	case REGEX_LINE_START:
		return at == 0 || text->base[at - 1] == '\n';
	case REGEX_LINE_END:
		return at == text->len || text->base[at] == '\n';
	default:
		edge = (at > 0 && is_word(text, at - 1)) != is_word(text, at);
		return edge == (assertion == REGEX_WORD_EDGE);
	}
}

static void list_init(struct list *list, const struct machine *machine)
{
	size_t n = machine->regex->n_program;

	list->places = xcalloc(n, sizeof(*list->places));
	list->marks = xcalloc(n, sizeof(*list->marks));
	list->spans = xcalloc(n * machine->n_slots, sizeof(*list->spans));
}

static void list_release(struct list *list)
{
	free(list->places);
	free(list->marks);
	free(list->spans);
}

static size_t *spans_of(const struct machine *machine, const struct list *list,
			uint32_t place)
{
	return list->spans + place * machine->n_slots;
}

/* One place: what follows it without a character goes on the heap. */
static void follow(struct machine *machine, struct list *list, uint32_t place,
		   size_t at, size_t *n_todo)
{
	const struct regex_inst *inst = &machine->regex->program[place];
	struct todo *todo = machine->todo + *n_todo;

	switch (inst->op) {
	case OP_JUMP:
		*n_todo += 1;
		todo[0] = (struct todo){ inst->a, UINT32_MAX, 0 };
		break;
	case OP_SPLIT:
		*n_todo += 2;
		todo[0] = (struct todo){ inst->b, UINT32_MAX, 0 };
		todo[1] = (struct todo){ inst->a, UINT32_MAX, 0 };
		break;
	case OP_SAVE:
		*n_todo += 2;
		todo[0] = (struct todo){ 0, inst->a, machine->spans[inst->a] };
		todo[1] = (struct todo){ place + 1, UINT32_MAX, 0 };
		machine->spans[inst->a] = at;
		break;
	case OP_ASSERT:
		if (!holds(machine->text, at, inst->a))
			break;
		*n_todo += 1;
		todo[0] = (struct todo){ place + 1, UINT32_MAX, 0 };
		break;
	default:
		list->places[list->n++] = place;
		memcpy(spans_of(machine, list, place), machine->spans,
		       machine->n_slots * sizeof(size_t));
		machine->work += 1 + machine->n_slots / 8;
	}
}

/*
 * Add a place, with machine->spans, and all places that it leads to. Each
 * puts two things to do at most, so the heap has room for twice as many.
 */
static void add(struct machine *machine, struct list *list, uint32_t place,
		size_t at)
{
	size_t n_todo = 0;

	machine->todo[n_todo++] = (struct todo){ place, UINT32_MAX, 0 };
	while (n_todo) {
		struct todo todo = machine->todo[--n_todo];

		machine->work++;
		if (todo.slot != UINT32_MAX) {
			machine->spans[todo.slot] = todo.value;
		} else if (list->marks[todo.place] != machine->turn) {
			list->marks[todo.place] = machine->turn;
			follow(machine, list, todo.place, at, &n_todo);
		}
	}
}

static bool takes(const struct regex *regex, const struct regex_inst *inst,
		  uint32_t code)
{
	switch (inst->op) {
	case OP_CHAR:
		return code == inst->a;
	case OP_FOLDED:
		return regex_fold(code) == inst->a;
	case OP_ANY:
		return true;
	case OP_LINE:
		return code != '\n';
	default:
		return regex_class_has(&regex->classes[inst->a], code);
	}
}

/*
 * All places over one character (none at the text's end: n is 0). A match
 * is better than all that stand behind it.
 */
static bool step(struct machine *machine, uint32_t code, size_t at, size_t n,
		 size_t *spans)
{
	const struct regex *regex = machine->regex;
	bool matched = false;

	machine->next.n = 0;
	machine->turn++;
	for (size_t i = 0; i < machine->now.n && !matched; i++) {
		uint32_t place = machine->now.places[i];
		const size_t *now = spans_of(machine, &machine->now, place);
		const struct regex_inst *inst = &regex->program[place];

		if (inst->op == OP_MATCH) {
			memcpy(spans, now, machine->n_slots * sizeof(size_t));
			matched = true;
		} else if (n && takes(regex, inst, code)) {
			memcpy(machine->spans, now,
			       machine->n_slots * sizeof(size_t));
			add(machine, &machine->next, place + 1, at + n);
		}
		machine->work++;
	}
	return matched;
}

static void forget(struct machine *machine)
{
	for (size_t i = 0; i < machine->n_slots; i++)
		machine->spans[i] = REGEX_NONE;
}

static enum regex_result run(struct machine *machine, size_t *spans,
			     size_t budget)
{
	const struct regex_text *text = machine->text;
	enum regex_result result = REGEX_NO_MATCH;
	size_t at = text->from;

	for (;;) {
		struct list swap;
		uint32_t code = 0;
		size_t n = 0;

		if (result == REGEX_NO_MATCH) {
			/* In the turn in which the others came in. */
			forget(machine);
			add(machine, &machine->now, 0, at);
		}
		if (machine->work > budget)
			return REGEX_TOO_MUCH;
		if (at < text->len)
			n = utf8_next(text->base + at, text->len - at, &code);
		if (step(machine, code, at, n, spans))
			result = REGEX_MATCH;
		swap = machine->now;
		machine->now = machine->next;
		machine->next = swap;
		if (!n || (result == REGEX_MATCH && !machine->now.n))
			return result;
		at += n;
	}
}

enum regex_result regex_match(const struct regex *regex,
			      const struct regex_text *text, size_t *spans,
			      size_t *budget)
{
	struct machine machine = {
		.regex = regex,
		.text = text,
		.n_slots = 2 * regex->n_groups,
		.turn = 1,
	};
	enum regex_result result;

	machine.work = 8 + regex->n_program * (1 + machine.n_slots) / 64;
	list_init(&machine.now, &machine);
	list_init(&machine.next, &machine);
	machine.todo = xcalloc(2 * regex->n_program + 2, sizeof(struct todo));
	machine.spans = xcalloc(machine.n_slots, sizeof(size_t));
	result = run(&machine, spans, *budget);
	list_release(&machine.now);
	list_release(&machine.next);
	free(machine.todo);
	free(machine.spans);
	*budget -= machine.work < *budget ? machine.work : *budget;
	return result;
}
