/* SPDX-License-Identifier: Apache-2.0 */
#include "fake/ipmi_bmc.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* Completion codes. */
#define OK           0x00
#define BUSY         0xc0
#define NO_COMMAND   0xc1
#define SHORT        0xc7
#define NO_DATA      0xcb
#define BAD_FIELD    0xcc
#define NO_PRIVILEGE 0xd4
#define WRONG_STATE  0xd5
#define NO_PARAM     0x80
#define BAD_LEVEL    0x81
#define NOT_THIS     0x87

#define CYCLE_MS 300

typedef uint8_t (*handler)(struct fake_call *call);

static bool has(const struct fake_call *call, uint32_t fault)
{
	return call->bmc->shared->faults & fault;
}

/* ---- App ---- */

static uint8_t get_device_id(struct fake_call *call)
{
	/* Version 2.7, IPMI 2.0; SDR, SEL, FRU, chassis and sensors. */
	static const uint8_t id[] = { 0x20, 0x81, 0x02, 0x07, 0x02,
				      0xbf, 0x57, 0x01, 0x00, 0x34,
				      0x12, 0x01, 0x02, 0x03, 0x04 };

	wbuf_bytes(call->out, id, sizeof(id));
	return OK;
}

static uint8_t cold_reset(struct fake_call *call)
{
	struct fake_bmc *bmc = call->bmc;

	fake_record(bmc, "bmc reset");
	for (unsigned i = 0; i < bmc->shared->n_slots; i++)
		if (&bmc->sessions[i] != call->session)
			bmc->sessions[i].state = FAKE_FREE;
	return OK;
}

static uint8_t get_guid(struct fake_call *call)
{
	for (uint8_t i = 0; i < 16; i++)
		wbuf_u8(call->out, (uint8_t)(0x10 + i));
	return OK;
}

static uint8_t get_caps(struct fake_call *call)
{
	uint8_t channel = rbuf_u8(&call->in);
	bool plus = (channel & 0x80) && !has(call, FAKE_ONLY_15);

	rbuf_u8(&call->in);
	if (call->in.bad)
		return SHORT;
	wbuf_u8(call->out, 1);
	wbuf_u8(call->out, plus ? 0x80 : 0x04);
	wbuf_u8(call->out, call->bmc->shared->group_key ? 0x24 : 0x04);
	wbuf_u8(call->out, plus ? 0x02 : 0x01);
	wbuf_zero(call->out, 4);
	return OK;
}

static uint8_t set_privilege(struct fake_call *call)
{
	struct fake_session *s = call->session;
	uint8_t level = rbuf_u8(&call->in) & 0x0f;

	if (call->in.bad)
		return SHORT;
	if (level > (s->role & 0x0f) ||
	    level > call->bmc->users[s->account].privilege)
		return BAD_LEVEL;
	if (level)
		s->level = level;
	wbuf_u8(call->out, s->level);
	return OK;
}

static uint8_t close_session(struct fake_call *call)
{
	uint32_t id = rbuf_le32(&call->in);

	if (call->in.bad)
		return SHORT;
	for (unsigned i = 0; i < call->bmc->shared->n_slots; i++) {
		struct fake_session *s = &call->bmc->sessions[i];

		if (s->state == FAKE_FREE || s->id != id)
			continue;
		s->state = FAKE_FREE;
		fake_record(call->bmc, "logout");
		return OK;
	}
	return NOT_THIS;
}

/* IPMI 2.0, 22.15: two suites in the compact form. */
static uint8_t get_suites(struct fake_call *call)
{
	static const uint8_t suite3[] = { 0xc0, 3, 0x01, 0x41, 0x81 };
	static const uint8_t suite17[] = { 0xc0, 17, 0x03, 0x44, 0x81 };

	rbuf_le16(&call->in);
	if ((rbuf_u8(&call->in) & 0x3f) != 0)
		return call->in.bad ? SHORT : OK;
	wbuf_u8(call->out, 1);
	if (call->bmc->shared->suites & 1u << 3)
		wbuf_bytes(call->out, suite3, sizeof(suite3));
	if (call->bmc->shared->suites & 1u << 17)
		wbuf_bytes(call->out, suite17, sizeof(suite17));
	return OK;
}

static uint8_t get_channel(struct fake_call *call)
{
	static const uint8_t channel[] = { 1, 4, 1, 0x80, 0xf2, 0x1b, 0, 0, 0 };

	wbuf_bytes(call->out, channel, sizeof(channel));
	return OK;
}

static uint8_t get_session(struct fake_call *call)
{
	wbuf_u8(call->out, 1);
	wbuf_u8(call->out, (uint8_t)call->bmc->shared->n_slots);
	wbuf_u8(call->out, (uint8_t)fake_bmc_n_sessions(call->bmc, call->now));
	return OK;
}

static uint8_t get_sol_payload(struct fake_call *call)
{
	bool active = call->bmc->sol && call->bmc->sol->session;

	wbuf_u8(call->out, 1); /* instances */
	wbuf_u8(call->out, active);
	wbuf_u8(call->out, 0);
	return OK;
}

/* ---- chassis ---- */

void fake_power_tick(struct fake_bmc *bmc, mono_ms now)
{
	bool booted = bmc->next_on;
	bool was_on = bmc->on;

	if (now < bmc->turns)
		return;
	bmc->turns = MONO_NEVER;
	bmc->on = bmc->next_on;
	if (bmc->shared->faults & FAKE_BOOT_LOST)
		memset(bmc->boot, 0, sizeof(bmc->boot));
	if (!booted && was_on)
		fake_moved(bmc, "stops");
	if (!booted)
		return;
	fake_moved(bmc, "starts %02x", bmc->boot[1]);
	/* A start uses up what holds for one boot. */
	if (!(bmc->boot[0] & 0x40))
		memset(bmc->boot, 0, sizeof(bmc->boot));
	fake_sol_boot(bmc);
}

static void turn(struct fake_bmc *bmc, mono_ms now, bool on, int64_t wait_ms)
{
	bmc->next_on = on;
	bmc->turns = now + bmc->shared->power_ms + wait_ms;
	fake_power_tick(bmc, now);
}

static uint8_t get_chassis(struct fake_call *call)
{
	struct fake_bmc *bmc = call->bmc;

	wbuf_u8(call->out, bmc->on);
	wbuf_u8(call->out, 0);
	wbuf_u8(call->out, (uint8_t)(0x40 | bmc->identify << 4));
	return OK;
}

static void do_control(struct fake_call *call, uint8_t what)
{
	struct fake_bmc *bmc = call->bmc;

	switch (what) {
	case 0:
	case 5:
		turn(bmc, call->now, false, 0);
		break;
	case 1:
		if (!bmc->on)
			turn(bmc, call->now, true, 0);
		break;
	case 2:
		bmc->on = false;
		turn(bmc, call->now, true, CYCLE_MS);
		break;
	case 3:
		turn(bmc, call->now, true, 0);
		break;
	default:
		break; /* a diagnostic interrupt shows nowhere */
	}
}

/* IPMI 2.0, 28.3 */
static uint8_t control_chassis(struct fake_call *call)
{
	static const char *const names[] = { "off",   "on",  "cycle",
					     "reset", "nmi", "soft" };
	uint8_t what = rbuf_u8(&call->in) & 0x0f;

	if (call->in.bad)
		return SHORT;
	if (what >= ARRAY_LEN(names))
		return BAD_FIELD;
	if (has(call, FAKE_DEAF_CONTROL)) {
		call->mute = true;
		return OK;
	}
	if (!call->bmc->on && what != 0 && what != 1 && what != 5)
		return WRONG_STATE;
	fake_record(call->bmc, "power %s", names[what]);
	call->bmc->n_controls++;
	call->bmc->last_control = what;
	call->mute = has(call, FAKE_MUTE_CONTROL);
	if (!has(call, FAKE_POWER_IGNORED))
		do_control(call, what);
	return OK;
}

static uint8_t identify(struct fake_call *call)
{
	struct fake_bmc *bmc = call->bmc;
	uint8_t seconds = call->in.left ? rbuf_u8(&call->in) : 15;
	bool for_good = call->in.left && rbuf_u8(&call->in) & 1;

	bmc->identify = for_good ? 2 : seconds ? 1 : 0;
	fake_record(bmc, "identify %u", bmc->identify);
	return OK;
}

/* IPMI 2.0, 28.12 */
static uint8_t set_boot(struct fake_call *call)
{
	struct fake_bmc *bmc = call->bmc;
	uint8_t param = rbuf_u8(&call->in) & 0x7f;
	uint8_t bytes[5];

	if (call->in.bad)
		return SHORT;
	if (param == 3 && has(call, FAKE_NO_PARAM_3))
		return NO_PARAM;
	if (param == 0 || param == 3 || param == 4)
		return OK;
	if (param != 5)
		return NO_PARAM;
	rbuf_bytes(&call->in, bytes, sizeof(bytes));
	if (call->in.bad)
		return SHORT;
	fake_record(bmc, "boot %02x %02x", bytes[0], bytes[1]);
	bmc->n_controls++;
	if (!has(call, FAKE_BOOT_IGNORED))
		memcpy(bmc->boot, bytes, sizeof(bytes));
	return OK;
}

static uint8_t get_boot(struct fake_call *call)
{
	uint8_t param = rbuf_u8(&call->in) & 0x7f;

	if (call->in.bad)
		return SHORT;
	wbuf_u8(call->out, 1);
	wbuf_u8(call->out, param);
	if (param == 5)
		wbuf_bytes(call->out, call->bmc->boot, 5);
	else if (param == 0 || param == 3 || param == 4)
		wbuf_zero(call->out, param == 4 ? 2 : 1);
	else
		return NO_PARAM;
	return OK;
}

/* ---- LAN ---- */

/* IPMI 2.0, 23.2 */
static uint8_t get_lan(struct fake_call *call)
{
	static const struct {
		uint8_t param;
		uint8_t len;
		uint8_t bytes[6];
	} params[] = {
		{ 0, 1, { 0 } },
		{ 1, 1, { 0x14 } },
		{ 3, 4, { 10, 0, 1, 7 } },
		{ 4, 1, { 1 } },
		{ 5, 6, { 0x02, 0x74, 0x6f, 0x6d, 0x74, 0x65 } },
		{ 6, 4, { 255, 255, 255, 0 } },
		{ 12, 4, { 10, 0, 1, 1 } },
		{ 13, 6, { 0x02, 0, 0, 0, 0, 1 } },
		{ 20, 2, { 0x2a, 0x80 } },
	};
	uint8_t channel = rbuf_u8(&call->in) & 0x0f;
	uint8_t param = rbuf_u8(&call->in);

	rbuf_le16(&call->in);
	if (call->in.bad)
		return SHORT;
	if (channel != 1 && channel != 0x0e)
		return BAD_FIELD;
	for (size_t i = 0; i < ARRAY_LEN(params); i++) {
		if (params[i].param != param)
			continue;
		wbuf_u8(call->out, 0x11);
		wbuf_bytes(call->out, params[i].bytes, params[i].len);
		return OK;
	}
	return NO_PARAM;
}

/* ---- users ---- */

static struct fake_user *user_of(struct fake_call *call, uint8_t id)
{
	id &= 0x3f;
	return id >= 1 && id <= FAKE_MAX_USERS ? &call->bmc->users[id - 1]
					       : NULL;
}

/* IPMI 2.0, 22.27 */
static uint8_t get_access(struct fake_call *call)
{
	struct fake_user *user;
	uint8_t n = 0;

	rbuf_u8(&call->in);
	user = user_of(call, rbuf_u8(&call->in));
	if (call->in.bad)
		return SHORT;
	if (!user)
		return BAD_FIELD;
	for (unsigned i = 0; i < FAKE_MAX_USERS; i++)
		n = (uint8_t)(n + call->bmc->users[i].enabled);
	wbuf_u8(call->out, FAKE_MAX_USERS);
	wbuf_u8(call->out, (uint8_t)(n | (user->enabled ? 0x40 : 0x80)));
	wbuf_u8(call->out, 1);
	wbuf_u8(call->out,
		(uint8_t)(0x30 | (user->privilege ? user->privilege : 0x0f)));
	return OK;
}

static uint8_t get_name(struct fake_call *call)
{
	struct fake_user *user = user_of(call, rbuf_u8(&call->in));

	if (!user)
		return BAD_FIELD;
	if (!*user->name)
		return BAD_FIELD;
	wbuf_bytes(call->out, user->name, IPMI_USER_MAX);
	return OK;
}

/* IPMI 2.0, 22.30 */
static uint8_t set_password(struct fake_call *call)
{
	uint8_t id = rbuf_u8(&call->in);
	uint8_t what = rbuf_u8(&call->in) & 3;
	struct fake_user *user = user_of(call, id);
	char word[IPMI_SECRET_MAX + 1] = { 0 };
	size_t size = id & 0x80 ? 20 : 16;

	if (!user)
		return BAD_FIELD;
	if (what < 2) {
		user->enabled = what == 1;
		fake_record(call->bmc, "user %u %s", id & 0x3f,
			    what ? "enabled" : "disabled");
		return OK;
	}
	if (call->in.left != size ||
	    (size == 20 && has(call, FAKE_SHORT_WORDS)))
		return SHORT;
	rbuf_bytes(&call->in, word, size);
	if (what == 3)
		return str_eq(word, user->password) ? OK : NO_PARAM;
	str_copy(user->password, sizeof(user->password), word);
	fake_record(call->bmc, "user %u password", id & 0x3f);
	return OK;
}

/* ---- all of them ---- */

static const struct command {
	uint8_t netfn;
	uint8_t cmd;
	uint8_t privilege; /* 0: also before a login */
	handler handle;
} commands[] = {
	{ IPMI_APP, 0x01, IPMI_USER, get_device_id },
	{ IPMI_APP, 0x02, IPMI_ADMIN, cold_reset },
	{ IPMI_APP, 0x37, IPMI_USER, get_guid },
	{ IPMI_APP, 0x38, 0, get_caps },
	{ IPMI_APP, 0x3b, IPMI_USER, set_privilege },
	{ IPMI_APP, 0x3c, IPMI_USER, close_session },
	{ IPMI_APP, 0x3d, IPMI_USER, get_session },
	{ IPMI_APP, 0x42, IPMI_USER, get_channel },
	{ IPMI_APP, 0x44, IPMI_OPERATOR, get_access },
	{ IPMI_APP, 0x46, IPMI_OPERATOR, get_name },
	{ IPMI_APP, 0x47, IPMI_ADMIN, set_password },
	{ IPMI_APP, 0x48, IPMI_USER, fake_sol_activate },
	{ IPMI_APP, 0x49, IPMI_USER, fake_sol_deactivate },
	{ IPMI_APP, 0x4a, IPMI_USER, get_sol_payload },
	{ IPMI_APP, 0x54, 0, get_suites },
	{ IPMI_CHASSIS, 0x01, IPMI_USER, get_chassis },
	{ IPMI_CHASSIS, 0x02, IPMI_OPERATOR, control_chassis },
	{ IPMI_CHASSIS, 0x04, IPMI_OPERATOR, identify },
	{ IPMI_CHASSIS, 0x08, IPMI_OPERATOR, set_boot },
	{ IPMI_CHASSIS, 0x09, IPMI_OPERATOR, get_boot },
	{ IPMI_TRANSPORT, 0x02, IPMI_OPERATOR, get_lan },
};

uint8_t fake_command(struct fake_call *call)
{
	struct fake_bmc *bmc = call->bmc;
	uint8_t level = call->session ? call->session->level : 0;

	bmc->n_commands++;
	if (call->session && has(call, FAKE_BUSY) && bmc->n_commands % 2)
		return BUSY;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		const struct command *command = &commands[i];

		if (command->netfn != call->netfn || command->cmd != call->cmd)
			continue;
		if (level < command->privilege)
			return NO_PRIVILEGE;
		return command->handle(call);
	}
	if (!call->session)
		return NO_PRIVILEGE;
	return fake_storage_command(call);
}
