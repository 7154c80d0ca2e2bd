/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "bmc/quirk_wire.h"

#define PATIENCE_MS 60000

static void write_file(const struct bench *bench, const char *name,
		       unsigned mode, const char *text)
{
	AUTO_FREE char *path = xasprintf("%s/%s", bench->dir, name);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	chmod(path, mode);
}

void bench_open(struct bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	str_copy(bench->dir, sizeof(bench->dir), "/tmp/bmc-bench-XXXXXX");
	assert_non_null(mkdtemp(bench->dir));
	bench->loop = loop_new();
	bench->bmc = bmc_new(bench->loop);
}

static char *load(void *arg, const char *id)
{
	struct bench *bench = arg;

	assert_string_equal(id, "b1");
	return bench->memory ? xstrdup(bench->memory) : NULL;
}

static void save(void *arg, const char *id, const char *text)
{
	struct bench *bench = arg;

	assert_string_equal(id, "b1");
	free(bench->memory);
	bench->memory = text ? xstrdup(text) : NULL;
}

static void open_core(struct bench *bench)
{
	const struct bmc_memory memory = { .load = load,
					   .save = save,
					   .arg = bench };

	bench->bmc = bmc_new(bench->loop);
	bmc_set_quirks(bench->bmc, bench->quirks);
	if (bench->remembers)
		bmc_set_memory(bench->bmc, &memory);
}

void bench_remember(struct bench *bench, bool with_quirks)
{
	struct err err;

	bmc_free(bench->bmc);
	bench->quirks = quirk_table_new();
	if (with_quirks)
		assert_int_equal(quirk_parse_builtin(bench->quirks, &err), 0);
	bench->remembers = true;
	open_core(bench);
}

void bench_restart(struct bench *bench)
{
	bmc_free(bench->bmc);
	open_core(bench);
}

void bench_close(struct bench *bench)
{
	AUTO_FREE char *command = xasprintf("rm -rf '%s'", bench->dir);

	bmc_free(bench->bmc);
	quirk_table_free(bench->quirks);
	free(bench->memory);
	loop_free(bench->loop);
	for (size_t i = 0; i < bench->n_pids; i++) {
		kill(bench->pids[i], SIGTERM);
		waitpid(bench->pids[i], NULL, 0);
	}
	assert_int_equal(system(command), 0);
}

/* Start a program; its output goes to a file. */
static void start(struct bench *bench, const char *const *argv,
		  const char *output)
{
	AUTO_FREE char *path = xasprintf("%s/%s", bench->dir, output);
	pid_t pid;

	unlink(path); /* what the one before said */
	pid = fork();
	assert_true(pid >= 0 && bench->n_pids < BENCH_MAX_PIDS);
	if (pid == 0) {
		int out = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(out, 1);
		dup2(out, 2);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	bench->pids[bench->n_pids++] = pid;
}

static char *read_file(const struct bench *bench, const char *name)
{
	AUTO_FREE char *path = xasprintf("%s/%s", bench->dir, name);
	char *text = xcalloc(1, 65536);
	FILE *file = fopen(path, "re");

	if (file) {
		text[fread(text, 1, 65535, file)] = '\0';
		fclose(file);
	}
	return text;
}

unsigned bench_count(const struct bench *bench, const char *file,
		     const char *text)
{
	AUTO_FREE char *all = read_file(bench, file);
	char *rest = all;
	unsigned n = 0;

	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
		n += strstr(line, text) != NULL;
	return n;
}

static void await_line(struct bench *bench, const char *file, const char *text)
{
	for (int i = 0; i < 1000; i++) {
		if (bench_count(bench, file, text))
			return;
		loop_turn(bench->loop, 10);
	}
	fail_msg("%s: \"%s\" does not come", file, text);
}

void bench_redfish_with(struct bench *bench, const char *const *options,
			struct bmc_target *target)
{
	const char *fakes = getenv("FAKES");
	AUTO_FREE char *program = NULL;
	AUTO_FREE char *password = xasprintf("%s/password", bench->dir);
	AUTO_FREE char *record = xasprintf("%s/record", bench->dir);
	AUTO_FREE char *said = NULL;
	AUTO_FREE char *url = NULL;
	const char *argv[24] = { NULL, "--password-file", password, "--record",
				 record };
	size_t n = 5;
	char where[64];
	struct err err;

	assert_non_null(fakes);
	program = xasprintf("%s/redfish_emulator", fakes);
	argv[0] = program;
	while (*options && n + 3 < ARRAY_LEN(argv))
		argv[n++] = *options++;
	argv[n++] = "--listen";
	argv[n] = "127.0.0.1:0";
	write_file(bench, "password", 0600, BENCH_PASSWORD "\n");
	start(bench, argv, "redfish.out");
	await_line(bench, "redfish.out", "ready");
	said = read_file(bench, "redfish.out");
	assert_int_equal(sscanf(strstr(said, "listen "), "listen %63s", where),
			 1);
	url = xasprintf("redfish://admin@%s", where);
	assert_int_equal(bmc_target_parse(target, url, &err), 0);
	assert_int_equal(sscanf(said, "pin %63s", target->pin), 1);
	str_copy(target->password, sizeof(target->password), BENCH_PASSWORD);
}

void bench_redfish(struct bench *bench, const char *fault,
		   struct bmc_target *target)
{
	const char *const options[] = { "--fault", fault, NULL };

	bench_redfish_with(bench, options, target);
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
	"user 1 true \"\" \"\" user 10 none md2 md5 straight\n"
	"user 2 true \"admin\" \"" BENCH_PASSWORD
	"\" admin 10 none md2 md5 straight\n";

static const char sim_emu[] =
	"mc_setbmc 0x20\n"
	"mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\n"
	"sel_enable 0x20 1000 0x0a\nmc_enable 0x20\n";

/* Before the real one in PATH: it notes what it was called with. */
static void watch_ipmitool(const struct bench *bench)
{
	AUTO_FREE char *script = xasprintf("#!/bin/sh\n"
					   "echo \"$*\" >>%s/ipmitool.log\n"
					   "PATH=${PATH#*:}\n"
					   "exec ipmitool \"$@\"\n",
					   bench->dir);
	AUTO_FREE char *path =
		xasprintf("%s:/usr/sbin:/usr/bin:/sbin:/bin", bench->dir);

	write_file(bench, "ipmitool", 0700, script);
	setenv("PATH", path, 1);
}

bool bench_ipmi(struct bench *bench, struct bmc_target *target)
{
	unsigned port = 20000 + (unsigned)getpid() % 20000;
	AUTO_FREE char *conf = xasprintf("%s/lan.conf", bench->dir);
	AUTO_FREE char *emu = xasprintf("%s/bmc.emu", bench->dir);
	AUTO_FREE char *state = xasprintf("%s/state", bench->dir);
	AUTO_FREE char *url = NULL;
	AUTO_FREE char *text = NULL;
	struct err err;

	if (access("/usr/bin/ipmi_sim", X_OK) ||
	    access("/usr/bin/ipmitool", X_OK))
		return false;
	watch_ipmitool(bench);
	write_file(bench, "hook", 0700, hook);
	text = xasprintf(sim_conf, bench->dir, bench->dir, port);
	write_file(bench, "lan.conf", 0600, text);
	write_file(bench, "bmc.emu", 0600, sim_emu);
	mkdir(state, 0700);
	start(bench,
	      (const char *const[]){ "ipmi_sim", "-n", "-c", conf, "-f", emu,
				     "-s", state, NULL },
	      "sim.out");
	url = xasprintf("ipmi://admin@127.0.0.1:%u", port);
	assert_int_equal(bmc_target_parse(target, url, &err), 0);
	str_copy(target->password, sizeof(target->password), BENCH_PASSWORD);
	target->ipmitool = true;
	return true;
}

static void on_result(void *arg, const char *id,
		      const struct bmc_result *result)
{
	struct bench *bench = arg;

	assert_string_equal(id, "b1");
	bench->n_results++;
	bench->result = *result;
	bench->result.report = NULL;
	if (result->report && bench->show)
		bench->show(result->report, bench->out);
	if (result->err.code)
		assert_null(strstr(result->err.message, BENCH_PASSWORD));
}

void bench_submit(struct bench *bench, const struct bmc_target *target,
		  const struct bmc_request *request)
{
	bmc_submit(bench->bmc, "b1", target, request, on_result, bench);
}

int64_t bench_wait(struct bench *bench, unsigned n)
{
	mono_ms begin = clock_mono();

	while (bench->n_results < n) {
		if (clock_mono() > begin + PATIENCE_MS)
			fail_msg("%u of %u results came", bench->n_results, n);
		loop_turn(bench->loop, 100);
	}
	return clock_mono() - begin;
}

const struct bmc_result *bench_do(struct bench *bench,
				  const struct bmc_target *target,
				  const struct bmc_request *request)
{
	unsigned before = bench->n_results;

	bench_submit(bench, target, request);
	bench_wait(bench, before + 1);
	assert_int_equal(bench->n_results, before + 1);
	return &bench->result;
}
