/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/heap.h"
#include "base/loop.h"
#include "base/map.h"
#include "base/net.h"
#include "base/str.h"
#include "fake/ipmi_bmc.h"

/*
 * Plays IPMI BMCs: every address of 127/8 is one. A fake of ours, for what no
 * real peer can do; it says nothing of how real BMCs behave.
 *
 *	ipmi_farm [OPTION...]
 *
 *	--port N              0 (the default) takes a free one
 *	--user NAME --password-file FILE    admin, "secret"
 *	--group-key TEXT      K_g
 *	--suites 3,17         that it has
 *	--slots N             sessions of each BMC at a time (4)
 *	--log N               entries in each event log (6)
 *	--idle-ms N           until it drops a session (60000)
 *	--starts on|off       power at first (off)
 *	--power-ms N          from a power command to its effect (0)
 *	--says FOLDER         what a machine says on its console that has
 *	                      started: the file that has its address as name
 *	--record FILE         a line for each login and each change
 *	--moves on            and for each start and end of a machine
 *	--fault NAME          see below; several are possible
 *	--loss N --duplicate N --reorder N --late N
 *	                      per cent of datagrams, in both directions; what
 *	                      is late comes after --late-ms (1500)
 *	--delay-ms N          of each answer
 *	--stall N             each N-th datagram of a BMC stops it for
 *	                      --stall-ms (5000): all waits, nothing is lost
 *	--seed N
 *
 * It prints "listen PORT", and then "ready". SIGTERM ends it.
 *
 * All of it is one socket on 0.0.0.0; IP_PKTINFO says which BMC was meant.
 */
#define BATCH        64
#define CONSOLE_MS   50
#define MAX_DATAGRAM 1024

struct options {
	const char *record;
	const char *says;
	char password[64];
	uint32_t port;
	uint32_t loss;
	uint32_t duplicate;
	uint32_t reorder;
	uint32_t late;
	uint32_t late_ms;
	uint32_t delay_ms;
	uint32_t stall;
	uint32_t stall_ms;
	uint32_t seed;
	uint32_t slots;
	uint32_t log;
	uint32_t idle_ms;
	uint32_t power_ms;
	bool moves;
};

struct machine {
	struct fake_bmc bmc;
	struct in_addr address;
	struct sockaddr_in peer; /* who spoke last */
	unsigned n_heard;
	mono_ms stalled; /* until then */
};

/* A datagram that has to wait: an answer, or a request to a BMC that stalls. */
struct held {
	struct heap_item timer;
	struct machine *machine;
	struct sockaddr_in peer;
	bool answer;
	size_t len;
	uint8_t bytes[MAX_DATAGRAM];
};

struct out {
	struct mmsghdr heads[BATCH];
	struct iovec vectors[BATCH];
	struct sockaddr_in peers[BATCH];
	uint8_t control[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
	uint8_t bytes[BATCH][MAX_DATAGRAM];
	unsigned n;
};

struct farm {
	struct options options;
	struct fake_shared shared;
	struct loop *loop;
	int fd;
	struct loop_io *io;
	struct map *machines;
	struct heap held;
	struct loop_timer *timer;
	struct loop_timer *console;
	struct loop_timer *turns; /* of machines whose power is on its way */
	struct rng rng;
	FILE *record;
	struct machine *speaks; /* whose change it is */
	struct out out;
};

static int die(const char *what, const char *which)
{
	fprintf(stderr, "ipmi_farm: %s: %s\n", what, which);
	return 2;
}

static bool chance(struct farm *farm, uint32_t per_cent)
{
	return per_cent && rng_u64(&farm->rng) % 100 < per_cent;
}

static void record(void *arg, const char *what)
{
	struct farm *farm = arg;
	char address[INET_ADDRSTRLEN];

	if (!farm->record || !farm->speaks)
		return;
	inet_ntop(AF_INET, &farm->speaks->address, address, sizeof(address));
	fprintf(farm->record, "%s %s\n", address, what);
}

static char *says(void *arg)
{
	struct farm *farm = arg;
	CLEANUP(buf_release) struct buf text = BUF_INIT(FAKE_CONSOLE_MAX);
	char address[INET_ADDRSTRLEN];
	AUTO_FREE char *path = NULL;
	struct err none;

	inet_ntop(AF_INET, &farm->speaks->address, address, sizeof(address));
	path = xasprintf("%s/%s", farm->options.says, address);
	return file_read(path, &text, &none) ? NULL : buf_take(&text);
}

/* ---- out ---- */

static void flush(struct farm *farm)
{
	unsigned done = 0;

	while (done < farm->out.n) {
		int n = sendmmsg(farm->fd, farm->out.heads + done,
				 farm->out.n - done, 0);

		/* A peer that has gone: its datagram is lost. */
		done += n > 0 ? (unsigned)n : 1;
	}
	farm->out.n = 0;
}

static void put(struct farm *farm, const struct machine *machine,
		const struct sockaddr_in *peer, const uint8_t *bytes,
		size_t len)
{
	struct out *out = &farm->out;
	unsigned i = out->n++;
	struct msghdr *head = &out->heads[i].msg_hdr;
	struct in_pktinfo info = { .ipi_spec_dst = machine->address };
	struct cmsghdr *c;

	memcpy(out->bytes[i], bytes, len);
	out->vectors[i] = (struct iovec){ out->bytes[i], len };
	out->peers[i] = *peer;
	memset(head, 0, sizeof(*head));
	head->msg_name = &out->peers[i];
	head->msg_namelen = sizeof(out->peers[i]);
	head->msg_iov = &out->vectors[i];
	head->msg_iovlen = 1;
	head->msg_control = out->control[i];
	head->msg_controllen = sizeof(out->control[i]);
	c = CMSG_FIRSTHDR(head);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	if (out->n == BATCH)
		flush(farm);
}

static void hold(struct farm *farm, struct machine *machine,
		 const struct sockaddr_in *peer, const struct wbuf *datagram,
		 mono_ms at, bool answer)
{
	struct held *held = xcalloc(1, sizeof(*held));

	held->machine = machine;
	held->peer = *peer;
	held->answer = answer;
	held->len = datagram->len;
	memcpy(held->bytes, datagram->base, datagram->len);
	heap_set(&farm->held, &held->timer, at);
	loop_timer_at(farm->timer, heap_next(&farm->held));
}

/* The network on the way back. */
static void answer(struct farm *farm, struct machine *machine,
		   const struct sockaddr_in *peer, const struct wbuf *datagram)
{
	const struct options *options = &farm->options;
	int64_t wait_ms = options->delay_ms;
	unsigned n = chance(farm, options->duplicate) ? 2 : 1;

	if (chance(farm, options->loss))
		return;
	if (chance(farm, options->late))
		wait_ms += options->late_ms;
	else if (chance(farm, options->reorder))
		wait_ms += 30;
	for (; n; n--) {
		if (wait_ms)
			hold(farm, machine, peer, datagram,
			     clock_mono() + wait_ms, true);
		else
			put(farm, machine, peer, datagram->base, datagram->len);
	}
}

/* ---- in ---- */

static void handle(struct farm *farm, struct machine *machine,
		   const struct sockaddr_in *peer, const uint8_t *bytes,
		   size_t len)
{
	uint8_t reply[MAX_DATAGRAM];
	struct wbuf out = wbuf_of(reply, sizeof(reply));

	farm->speaks = machine;
	machine->peer = *peer;
	if (fake_bmc_input(&machine->bmc, clock_mono(), bytes, len, &out))
		answer(farm, machine, peer, &out);
	if (farm->record)
		fflush(farm->record);
	if (machine->bmc.sol && machine->bmc.sol->session)
		loop_timer_at(farm->console, clock_mono());
	if (machine->bmc.turns != MONO_NEVER)
		loop_timer_at(farm->turns, clock_mono());
}

/* What a command does after a while, it does also when nobody looks. */
static void on_turns(void *arg)
{
	struct farm *farm = arg;
	mono_ms next = MONO_NEVER;
	size_t at = 0;
	void *value;

	while (map_next(farm->machines, &at, &value)) {
		struct machine *machine = value;

		farm->speaks = machine;
		fake_power_tick(&machine->bmc, clock_mono());
		if (machine->bmc.turns < next)
			next = machine->bmc.turns;
	}
	if (farm->record)
		fflush(farm->record);
	loop_timer_at(farm->turns, next);
}

static struct machine *machine_at(struct farm *farm, struct in_addr address)
{
	struct machine *machine =
		map_get(farm->machines, &address, sizeof(address));

	if (machine)
		return machine;
	machine = xcalloc(1, sizeof(*machine));
	machine->address = address;
	fake_bmc_init(&machine->bmc, &farm->shared);
	map_put(farm->machines, &address, sizeof(address), machine);
	return machine;
}

/* The network on the way there, and whether the BMC has time. */
static void receive(struct farm *farm, struct in_addr to,
		    const struct sockaddr_in *peer, uint8_t *bytes, size_t len)
{
	const struct options *options = &farm->options;
	struct machine *machine = machine_at(farm, to);
	struct wbuf datagram = { .base = bytes, .size = len, .len = len };
	mono_ms now = clock_mono();
	unsigned n = chance(farm, options->duplicate) ? 2 : 1;

	if (chance(farm, options->loss))
		return;
	if (options->stall && ++machine->n_heard % options->stall == 0 &&
	    machine->stalled <= now)
		machine->stalled = now + options->stall_ms;
	for (; n; n--) {
		if (machine->stalled > now)
			hold(farm, machine, peer, &datagram, machine->stalled,
			     false);
		else if (chance(farm, options->reorder))
			hold(farm, machine, peer, &datagram, now + 30, false);
		else
			handle(farm, machine, peer, bytes, len);
	}
}

static void on_held(void *arg)
{
	struct farm *farm = arg;
	struct heap_item *item;

	while ((item = heap_expired(&farm->held, clock_mono()))) {
		struct held *held = container_of(item, struct held, timer);

		if (held->answer)
			put(farm, held->machine, &held->peer, held->bytes,
			    held->len);
		else
			handle(farm, held->machine, &held->peer, held->bytes,
			       held->len);
		free(held);
	}
	flush(farm);
	loop_timer_at(farm->timer, heap_next(&farm->held));
}

static void on_console(void *arg)
{
	struct farm *farm = arg;
	struct machine *machine;
	bool any = false;
	size_t at = 0;
	void *value;

	while (map_next(farm->machines, &at, &value)) {
		uint8_t bytes[MAX_DATAGRAM];
		struct wbuf out = wbuf_of(bytes, sizeof(bytes));

		machine = value;
		if (!machine->bmc.sol || !machine->bmc.sol->session)
			continue;
		any = true;
		farm->speaks = machine;
		fake_power_tick(&machine->bmc, clock_mono());
		if (fake_bmc_output(&machine->bmc, clock_mono(), &out))
			answer(farm, machine, &machine->peer, &out);
	}
	flush(farm);
	loop_timer_at(farm->console,
		      any ? clock_mono() + CONSOLE_MS : MONO_NEVER);
}

static bool read_batch(struct farm *farm)
{
	struct mmsghdr heads[BATCH] = { 0 };
	struct iovec vectors[BATCH];
	struct sockaddr_in peers[BATCH];
	uint8_t control[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
	static uint8_t bytes[BATCH][MAX_DATAGRAM];
	int n;

	for (unsigned i = 0; i < BATCH; i++) {
		vectors[i] = (struct iovec){ bytes[i], MAX_DATAGRAM };
		heads[i].msg_hdr = (struct msghdr){
			.msg_name = &peers[i],
			.msg_namelen = sizeof(peers[i]),
			.msg_iov = &vectors[i],
			.msg_iovlen = 1,
			.msg_control = control[i],
			.msg_controllen = sizeof(control[i]),
		};
	}
	n = recvmmsg(farm->fd, heads, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		const struct cmsghdr *c = CMSG_FIRSTHDR(&heads[i].msg_hdr);
		struct in_pktinfo info;

		if (!c || c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		receive(farm, info.ipi_addr, &peers[i], bytes[i],
			heads[i].msg_len);
	}
	return n == BATCH;
}

static void on_ready(void *arg, unsigned ready)
{
	struct farm *farm = arg;

	(void)ready;
	while (read_batch(farm))
		flush(farm);
	flush(farm);
}

/* ---- the program ---- */

static const struct {
	const char *name;
	uint32_t bit;
} faults[] = {
	{ "power-ignored", FAKE_POWER_IGNORED },
	{ "boot-ignored", FAKE_BOOT_IGNORED },
	{ "boot-lost", FAKE_BOOT_LOST },
	{ "mute-control", FAKE_MUTE_CONTROL },
	{ "deaf-control", FAKE_DEAF_CONTROL },
	{ "downgrade", FAKE_DOWNGRADE },
	{ "silent-suite", FAKE_SILENT_SUITE },
	{ "no-caps", FAKE_NO_CAPS },
	{ "only-15", FAKE_ONLY_15 },
	{ "no-param-3", FAKE_NO_PARAM_3 },
	{ "short-refusal", FAKE_SHORT_REFUSAL },
	{ "busy", FAKE_BUSY },
	{ "bad-checksum", FAKE_BAD_CHECKSUM },
	{ "padded-user", FAKE_PADDED_USER },
	{ "no-whole", FAKE_NO_WHOLE },
	{ "forgetful", FAKE_FORGETFUL },
};

static int add_fault(struct farm *farm, const char *name)
{
	if (str_eq(name, "none"))
		farm->shared.faults = 0;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		if (str_eq(faults[i].name, name)) {
			farm->shared.faults |= faults[i].bit;
			return 0;
		}
	return str_eq(name, "none") ? 0 : die("no such fault", name);
}

static int read_password(struct farm *farm, const char *path)
{
	char *word = farm->options.password;
	FILE *file = fopen(path, "re");

	if (!file || !fgets(word, sizeof(farm->options.password), file))
		return die(path, file ? "empty" : strerror(errno));
	word[strcspn(word, "\r\n")] = '\0';
	fclose(file);
	farm->shared.password = word;
	return 0;
}

static int set_suites(struct farm *farm, const char *list)
{
	farm->shared.suites = 0;
	for (; *list; list += strspn(list, ",")) {
		size_t len = strcspn(list, ",");

		if (len == 1 && *list == '3')
			farm->shared.suites |= 1u << 3;
		else if (len == 2 && !strncmp(list, "17", 2))
			farm->shared.suites |= 1u << 17;
		else
			return die("no such suites", list);
		list += len;
	}
	return 0;
}

static int set_number(struct options *options, const char *name,
		      const char *value)
{
	const struct {
		const char *name;
		uint32_t *number;
		uint32_t max;
	} numbers[] = {
		{ "--port", &options->port, 65535 },
		{ "--loss", &options->loss, 100 },
		{ "--duplicate", &options->duplicate, 100 },
		{ "--reorder", &options->reorder, 100 },
		{ "--late", &options->late, 100 },
		{ "--late-ms", &options->late_ms, 600000 },
		{ "--delay-ms", &options->delay_ms, 600000 },
		{ "--stall", &options->stall, 1000000 },
		{ "--stall-ms", &options->stall_ms, 600000 },
		{ "--seed", &options->seed, UINT32_MAX },
		{ "--slots", &options->slots, FAKE_MAX_SLOTS },
		{ "--log", &options->log, UINT16_MAX - 1 },
		{ "--idle-ms", &options->idle_ms, 3600000 },
		{ "--power-ms", &options->power_ms, 600000 },
	};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (str_eq(numbers[i].name, name))
			return str_parse_u32(value, numbers[i].max,
					     numbers[i].number)
				       ? 0
				       : die(name, value);
	return die("unknown option", name);
}

static int set_option(struct farm *farm, const char *name, const char *value)
{
	if (str_eq(name, "--fault"))
		return add_fault(farm, value);
	if (str_eq(name, "--password-file"))
		return read_password(farm, value);
	if (str_eq(name, "--suites"))
		return set_suites(farm, value);
	if (str_eq(name, "--user"))
		farm->shared.user = value;
	else if (str_eq(name, "--group-key"))
		farm->shared.group_key = value;
	else if (str_eq(name, "--record"))
		farm->options.record = value;
	else if (str_eq(name, "--says"))
		farm->options.says = value;
	else if (str_eq(name, "--moves"))
		farm->options.moves = str_eq(value, "on");
	else if (str_eq(name, "--starts"))
		farm->shared.starts_on = str_eq(value, "on");
	else
		return set_number(&farm->options, name, value);
	return 0;
}

static int open_socket(struct farm *farm)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port =
					  htons((uint16_t)farm->options.port) };
	socklen_t len = sizeof(sa);
	int on = 1;
	int size = 16 * 1024 * 1024;

	farm->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (farm->fd < 0 ||
	    setsockopt(farm->fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) ||
	    bind(farm->fd, (struct sockaddr *)&sa, sizeof(sa)))
		return die("socket", strerror(errno));
	if (setsockopt(farm->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
		       sizeof(size)))
		(void)!setsockopt(farm->fd, SOL_SOCKET, SO_RCVBUF, &size,
				  sizeof(size));
	getsockname(farm->fd, (struct sockaddr *)&sa, &len);
	farm->shared.port = ntohs(sa.sin_port);
	printf("listen %u\n", farm->shared.port);
	return 0;
}

static int open_farm(struct farm *farm)
{
	const struct options *options = &farm->options;

	farm->rng = rng_seeded(options->seed);
	farm->shared.n_slots = options->slots;
	farm->shared.n_log = options->log;
	farm->shared.idle_ms = options->idle_ms;
	farm->shared.power_ms = options->power_ms;
	if (options->record) {
		farm->record = fopen(options->record, "ae");
		if (!farm->record)
			return die(options->record, strerror(errno));
		farm->shared.record = record;
		farm->shared.moved = options->moves ? record : NULL;
	}
	farm->shared.arg = farm;
	if (options->says)
		farm->shared.says = says;
	farm->machines = map_new();
	farm->timer = loop_timer_new(farm->loop, on_held, farm);
	farm->console = loop_timer_new(farm->loop, on_console, farm);
	farm->turns = loop_timer_new(farm->loop, on_turns, farm);
	if (open_socket(farm))
		return 2;
	farm->io = loop_io_new(farm->loop, farm->fd, on_ready, farm);
	loop_io_want(farm->io, LOOP_READ);
	return 0;
}

static void close_farm(struct farm *farm)
{
	struct heap_item *item;
	size_t at = 0;
	void *machine;

	while ((item = heap_expired(&farm->held, MONO_NEVER - 1)))
		free(container_of(item, struct held, timer));
	heap_release(&farm->held);
	while (map_next(farm->machines, &at, &machine)) {
		fake_bmc_release(&((struct machine *)machine)->bmc);
		free(machine);
	}
	map_free(farm->machines);
	loop_io_free(farm->io);
	close(farm->fd);
	loop_timer_free(farm->timer);
	loop_timer_free(farm->turns);
	loop_timer_free(farm->console);
	if (farm->record)
		fclose(farm->record);
	ipmi_crypto_free(farm->shared.crypto);
	loop_free(farm->loop);
	free(farm);
}

static void on_term(void *arg)
{
	loop_stop(arg);
}

int main(int argc, char **argv)
{
	struct farm *farm = xcalloc(1, sizeof(*farm));

	fake_shared_init(&farm->shared, ipmi_crypto_new(), rng_system());
	farm->loop = loop_new();
	farm->options = (struct options){ .late_ms = 1500,
					  .stall_ms = 5000,
					  .slots = 4,
					  .idle_ms = 60000,
					  .seed = 1 };
	for (int i = 1; i < argc; i += 2) {
		int status = i + 1 < argc
				     ? set_option(farm, argv[i], argv[i + 1])
				     : die(argv[i], "needs a value");

		if (status)
			return status;
	}
	if (open_farm(farm))
		return 2;
	loop_on_signal(farm->loop, SIGTERM, on_term, farm->loop);
	loop_on_signal(farm->loop, SIGINT, on_term, farm->loop);
	puts("ready");
	fflush(stdout);
	loop_run(farm->loop);
	close_farm(farm);
	return 0;
}
