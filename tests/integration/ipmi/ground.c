/* SPDX-License-Identifier: Apache-2.0 */
#include "ground.h"

#include "test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"

#define PATIENCE_MS 130000 /* longer than any operation */
#define MAX_ARGS    40

int ground_set_up(void **state)
{
	struct ground *ground = xcalloc(1, sizeof(*ground));

	str_copy(ground->dir, sizeof(ground->dir), "/tmp/ipmi-ground-XXXXXX");
	assert_non_null(mkdtemp(ground->dir));
	ground->loop = loop_new();
	ground->bmc = bmc_new(ground->loop);
	ground->serial = -1;
	*state = ground;
	return 0;
}

int ground_tear_down(void **state)
{
	struct ground *ground = *state;
	AUTO_FREE char *command = xasprintf("rm -rf '%s'", ground->dir);

	bmc_free(ground->bmc);
	loop_free(ground->loop);
	bmc_report_free(ground->result.report);
	if (ground->serial >= 0)
		close(ground->serial);
	for (size_t i = 0; i < ground->n_pids; i++) {
		kill(ground->pids[i], SIGTERM);
		waitpid(ground->pids[i], NULL, 0);
	}
	assert_int_equal(system(command), 0);
	free(ground);
	return 0;
}

/* ---- processes ---- */

static void write_file(const struct ground *ground, const char *name,
		       unsigned mode, const char *text)
{
	AUTO_FREE char *path = xasprintf("%s/%s", ground->dir, name);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	chmod(path, mode);
}

static void start(struct ground *ground, const char *const *argv,
		  const char *output)
{
	AUTO_FREE char *path = xasprintf("%s/%s", ground->dir, output);
	int out = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
	pid_t pid = fork();

	assert_true(out >= 0 && pid >= 0 && ground->n_pids < GROUND_PIDS);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(out, 1);
		dup2(out, 2);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(out);
	ground->pids[ground->n_pids++] = pid;
}

static char *read_file(const struct ground *ground, const char *name)
{
	AUTO_FREE char *path = xasprintf("%s/%s", ground->dir, name);
	const size_t size = 4 * 1024 * 1024;
	char *text = xcalloc(1, size);
	FILE *file = fopen(path, "re");

	if (file) {
		text[fread(text, 1, size - 1, file)] = '\0';
		fclose(file);
	}
	return text;
}

unsigned ground_count(const struct ground *ground, const char *file,
		      const char *text)
{
	AUTO_FREE char *all = read_file(ground, file);
	char *rest = all;
	unsigned n = 0;

	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
		n += strstr(line, text) != NULL;
	return n;
}

void ground_await(struct ground *ground, const char *file, const char *text)
{
	for (int i = 0; i < 1500; i++) {
		if (ground_count(ground, file, text))
			return;
		loop_turn(ground->loop, 10);
	}
	fail_msg("%s: \"%s\" does not come", file, text);
}

int ground_run(struct ground *ground, const char *format, ...)
{
	CLEANUP(buf_release) struct buf command = BUF_INIT(4096);
	char line[2048];
	va_list args;
	FILE *pipe;
	size_t len;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	buf_printf(&command, "export LC_ALL=C TZ=UTC; timeout 60 %s 2>&1",
		   line);
	pipe = popen(command.base, "re");
	assert_non_null(pipe);
	len = fread(ground->output, 1, sizeof(ground->output) - 1, pipe);
	ground->output[len] = '\0';
	return pclose(pipe);
}

const char *ground_field(const struct ground *ground, const char *label,
			 char *out, size_t size)
{
	const char *at = ground->output;

	out[0] = '\0';
	while (at && *at) {
		const char *text = at + strspn(at, " \t");

		if (str_starts(text, label)) {
			size_t len;

			text += strlen(label);
			text += strspn(text, " \t:");
			len = strcspn(text, "\r\n");
			while (len && text[len - 1] == ' ')
				len--;
			snprintf(out, size, "%.*s", (int)len, text);
			return out;
		}
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	return out;
}

/* ---- BMCs ---- */

static void aim(struct bmc_target *target, unsigned port, const char *user,
		const char *password)
{
	bmc_target_release(target);
	target->protocol = BMC_IPMI;
	target->port = (uint16_t)port;
	str_copy(target->host, sizeof(target->host), "127.0.0.1");
	str_copy(target->user, sizeof(target->user), user);
	str_copy(target->password, sizeof(target->password), password);
}

void ground_farm(struct ground *ground, struct bmc_target *target,
		 const char *options)
{
	const char *fakes = getenv("FAKES");
	AUTO_FREE char *program = NULL;
	AUTO_FREE char *password = xasprintf("%s/password", ground->dir);
	AUTO_FREE char *record = xasprintf("%s/record", ground->dir);
	AUTO_FREE char *words = xstrdup(options);
	AUTO_FREE char *said = NULL;
	const char *argv[MAX_ARGS] = { NULL };
	char *rest = words;
	size_t n = 0;
	unsigned port;

	assert_non_null(fakes);
	program = xasprintf("%s/ipmi_farm", fakes);
	write_file(ground, "password", 0600, GROUND_PASSWORD "\n");
	argv[n++] = program;
	argv[n++] = "--password-file";
	argv[n++] = password;
	argv[n++] = "--record";
	argv[n++] = record;
	for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " "))
		if (*word && n + 1 < MAX_ARGS)
			argv[n++] = word;
	start(ground, argv, "farm.out");
	ground_await(ground, "farm.out", "ready");
	said = read_file(ground, "farm.out");
	assert_int_equal(sscanf(said, "listen %u", &port), 1);
	aim(target, port, "admin", GROUND_PASSWORD);
}

/* A machine as ipmi_sim's chassis_control wants it, in two files. */
static const char hook[] =
	"#!/bin/sh\n"
	"cd \"$1\" || exit 1\n"
	"case \"$2 $3\" in\n"
	"'get power') echo \"power:$(cat power 2>/dev/null || echo 0)\" ;;\n"
	"'get boot') echo \"boot:$(cat boot 2>/dev/null || echo none)\" ;;\n"
	"set*) echo \"$2 $3 $4\" >>record; echo \"$4\" >\"$3\" ;;\n"
	"esac\n"
	"[ \"$2 $3\" != 'set shutdown' ] || echo 0 >power\n";

static const char sim_conf[] =
	"name \"sim\"\nset_working_mc 0x20\nchassis_control \"%s/hook %s\"\n"
	"startlan 1\naddr 127.0.0.1 %u\n"
	"priv_limit admin\nallowed_auths_callback none md2 md5 straight\n"
	"allowed_auths_user none md2 md5 straight\n"
	"allowed_auths_operator none md2 md5 straight\n"
	"allowed_auths_admin none md2 md5 straight\n"
	"guid a123456789abcdefa123456789abcdef\nendlan\n"
	"sol \"tcp:127.0.0.1:%u\" 115200\n"
	"user 1 true \"\" \"\" user 10 none md2 md5 straight\n"
	"user 2 true \"admin\" \"" GROUND_PASSWORD
	"\" admin 10 none md2 md5 straight\n"
	"user 3 true \"op\" \"operate\" operator 10 none md2 md5 straight\n";

/* Two sensors with their records, a board's FRU, and entries of the log. */
static const char sim_emu[] =
	"mc_setbmc 0x20\n"
	"mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 "
	"persist_sdr\n"
	"sel_enable 0x20 1000 0x0a\n"
	"sensor_add 0x20 0 1 1 1\n"
	"sensor_set_value 0x20 0 1 0x28 0\n"
	"sensor_set_event_support 0x20 0 1 enable scanning per-state "
	"000000000000000 000000000000000 "
	"000000000000000 000000000000000\n"
	"sensor_add 0x20 0 2 2 1\n"
	"sensor_set_value 0x20 0 2 0xbc 0\n"
	"sensor_set_event_support 0x20 0 2 enable scanning per-state "
	"000000000000000 000000000000000 "
	"000000000000000 000000000000000\n"
	"main_sdr_add 0x20 0x00 0x00 0x51 0x01 0x32 0x20 0x00 0x01 "
	"0x23 0x00 0x7f 0x68 0x01 0x01 0x95 0x7a 0x95 0x7a 0x3f 0x3f "
	"0x00 0x01 0x00 0x00 0x01 0x00 0x00 0x00 0x00 0x00 0x07 0x00 "
	"0x00 0x00 0x00 0x00 0xa0 0x90 0x70 0x00 0x00 0x00 0x00 0x00 "
	"0x00 0x00 0x00 0xc7 0x41 0x6d 0x62 0x54 0x65 0x6d 0x70\n"
	"main_sdr_add 0x20 0x00 0x00 0x51 0x01 0x2e 0x20 0x00 0x02 "
	"0x23 0x00 0x7f 0x68 0x02 0x01 0x95 0x7a 0x95 0x7a 0x3f 0x3f "
	"0x00 0x04 0x00 0x00 0x3f 0x00 0x0a 0x00 0x00 0xd1 0x07 0x00 "
	"0x00 0x00 0x00 0x00 0xa0 0x90 0x70 0x00 0x00 0x00 0x00 0x00 "
	"0x00 0x00 0x00 0xc3 0x56 0x31 0x32\n"
	"mc_add_fru_data 0x20 0 64 data 0x01 0x00 0x00 0x01 0x00 "
	"0x00 0x00 0xfe 0x01 0x04 0x19 0x10 0x20 0x30 0xc4 0x41 0x63 "
	"0x6d 0x65 0xc5 0x42 0x6f 0x61 0x72 0x64 0xc6 0x53 0x4e 0x31 "
	"0x32 0x33 0x34 0xc3 0x50 0x4e 0x31 0xc0 0xc1 0x00 0x57\n"
	"mc_enable 0x20\n"
	"sel_add 0x20 2 0x00 0xf1 0x53 0x65 0x20 0x00 0x04 0x01 0x01 "
	"0x01 0x59 0x60 0x5f\n"
	"sel_add 0x20 2 0x3c 0xf1 0x53 0x65 0x20 0x00 0x04 0x08 0x60 "
	"0x6f 0x03 0xff 0xff\n";

/* The port that it listens at. */
static unsigned open_serial(struct ground *ground)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);

	ground->serial =
		socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(ground->serial >= 0);
	assert_int_equal(
		bind(ground->serial, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(ground->serial, 1), 0);
	getsockname(ground->serial, (struct sockaddr *)&sa, &len);
	return ntohs(sa.sin_port);
}

bool ground_sim(struct ground *ground, struct bmc_target *target)
{
	unsigned port = 20000 + (unsigned)getpid() % 20000;
	AUTO_FREE char *conf = xasprintf("%s/lan.conf", ground->dir);
	AUTO_FREE char *emu = xasprintf("%s/bmc.emu", ground->dir);
	AUTO_FREE char *kept = xasprintf("%s/state", ground->dir);
	AUTO_FREE char *text = NULL;

	if (access("/usr/bin/ipmi_sim", X_OK) ||
	    access("/usr/bin/ipmitool", X_OK))
		return false;
	write_file(ground, "hook", 0700, hook);
	text = xasprintf(sim_conf, ground->dir, ground->dir, port,
			 open_serial(ground));
	write_file(ground, "lan.conf", 0600, text);
	write_file(ground, "bmc.emu", 0600, sim_emu);
	mkdir(kept, 0700);
	start(ground,
	      (const char *const[]){ "ipmi_sim", "-n", "-c", conf, "-f", emu,
				     "-s", kept, NULL },
	      "sim.out");
	aim(target, port, "admin", GROUND_PASSWORD);
	return true;
}

bool ground_pyghmi(struct ground *ground, struct bmc_target *target)
{
	unsigned port = 41000 + (unsigned)getpid() % 20000;
	AUTO_FREE char *text = xasprintf("%u", port);

	/* Of the system's Python, whatever else is first in PATH. */
	if (access("/usr/bin/fakebmc", X_OK))
		return false;
	start(ground,
	      (const char *const[]){ "/usr/bin/python3", "-u",
				     "/usr/bin/fakebmc", "--port", text, NULL },
	      "pyghmi.out");
	aim(target, port, "admin", "password");
	return true;
}

/* ---- operations ---- */

static void keep_report(struct ground *ground)
{
	const struct bmc_report *given = ground->result.report;
	struct bmc_report *kept;
	size_t size;

	if (!given)
		return;
	kept = bmc_report_new(given->kind);
	*kept = *given;
	if (given->kind == BMC_REPORT_LOG && given->log.n) {
		size = given->log.n * sizeof(*given->log.events);
		kept->log.events = xmalloc(size);
		memcpy(kept->log.events, given->log.events, size);
	}
	if (given->kind == BMC_REPORT_SENSORS && given->sensors.n) {
		size = given->sensors.n * sizeof(*given->sensors.sensors);
		kept->sensors.sensors = xmalloc(size);
		memcpy(kept->sensors.sensors, given->sensors.sensors, size);
	}
	ground->result.report = kept;
}

static void on_result(void *arg, const char *id,
		      const struct bmc_result *result)
{
	struct ground *ground = arg;

	if (ground->told)
		ground->told(ground->told_arg, id, result);
	bmc_report_free(ground->result.report);
	ground->result = *result;
	keep_report(ground);
	ground->n_results++;
	ground->n_good += !result->err.code;
	if (result->err.code)
		assert_null(strstr(result->err.message, GROUND_PASSWORD));
}

void ground_submit(struct ground *ground, const char *id,
		   const struct bmc_target *target,
		   const struct bmc_request *request)
{
	bmc_submit(ground->bmc, id, target, request, on_result, ground);
}

int64_t ground_wait(struct ground *ground, unsigned n)
{
	mono_ms begin = clock_mono();

	while (ground->n_results < n) {
		if (clock_mono() > begin + PATIENCE_MS)
			fail_msg("%u of %u results came", ground->n_results, n);
		loop_turn(ground->loop, 100);
	}
	assert_int_equal(ground->n_results, n);
	return clock_mono() - begin;
}

const struct bmc_result *ground_do(struct ground *ground,
				   const struct bmc_target *target,
				   const struct bmc_request *request)
{
	unsigned before = ground->n_results;

	ground_submit(ground, "b1", target, request);
	ground_wait(ground, before + 1);
	return &ground->result;
}

const struct bmc_report *ground_good(struct ground *ground,
				     const struct bmc_target *target,
				     const struct bmc_request *request)
{
	const struct bmc_result *result = ground_do(ground, target, request);

	if (result->err.code)
		fail_msg("%s: %s", bmc_op_name(request->op),
			 result->err.message);
	return result->report;
}

void ground_bad(struct ground *ground, const struct bmc_target *target,
		const struct bmc_request *request, enum err_code code,
		const char *text)
{
	const struct err *err = &ground_do(ground, target, request)->err;

	if (err->code != code || !strstr(err->message, text))
		fail_msg("%s: expected %s \"%s\", not %s \"%s\"",
			 bmc_op_name(request->op), err_name(code), text,
			 err_name(err->code), err->message);
}

void ground_forget(struct ground *ground, const char *id)
{
	bmc_forget(ground->bmc, id);
	for (int i = 0; i < 500 && !bmc_idle(ground->bmc); i++)
		loop_turn(ground->loop, 10);
	assert_true(bmc_idle(ground->bmc));
}
