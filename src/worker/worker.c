/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "worker/client.h"
#include "worker/inventory.h"
#include "worker/runner.h"
#include "worker/sysfs.h"

#define LOG_MODULE "worker"
#include "base/log.h"

#define LONGEST_WAIT_MS 60000
#define MAX_JOURNAL     TASK_BODY_MAX
#define MAX_RELEASE     4096

struct worker {
	const struct worker_options *options;
	struct agent agent;
	struct client *client;
	struct runner runners[AGENT_JOBS];
	struct rng rng;
	enum agent_leave leave;
	char boot_id[64];
	char hook_version[64];
	char *attributes;
};

static volatile sig_atomic_t told_to_end;

static void on_signal(int number)
{
	(void)number;
	told_to_end = 1;
}

static void read_hook_version(char *version, size_t size)
{
	AUTO_FREE char *text = sysfs_read("/etc/hook-release", MAX_RELEASE);
	const char *at = text ? strstr(text, "VERSION=") : NULL;

	if (at)
		snprintf(version, size, "%.*s", (int)strcspn(at + 8, "\n"),
			 at + 8);
	else
		str_copy(version, size, TOMTE_VERSION);
}

/* So that a crash of this program does not make an action run twice. */
static void save_journal(struct worker *worker)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MAX_JOURNAL);
	AUTO_FREE char *next = NULL;
	int fd;
	bool good;

	if (!worker->options->journal)
		return;
	next = xasprintf("%s.new", worker->options->journal);
	agent_journal(&worker->agent, clock_mono(), &text);
	fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	good = write(fd, text.base, text.len) == (ssize_t)text.len;
	close(fd);
	if (!good || rename(next, worker->options->journal))
		log_warn("the journal could not be written");
}

static void load_journal(struct worker *worker)
{
	AUTO_FREE char *text = NULL;
	struct err err;

	if (!worker->options->journal)
		return;
	text = sysfs_read(worker->options->journal, MAX_JOURNAL);
	if (text && agent_recall(&worker->agent, clock_mono(), text,
				 strlen(text), &err))
		log_warn("%s", err.message);
}

static void start(struct worker *worker, int job, const struct task *task)
{
	struct agent_result failed = { .state = TASK_FAILED };
	struct err err;

	log_info("action %s (%s) starts", task->name, task->image);
	save_journal(worker);
	if (runner_start(&worker->runners[job], task, &worker->options->context,
			 clock_mono(), &err) == 0)
		return;
	failed.message = err.message;
	agent_ended(&worker->agent, job, clock_mono(), &failed);
}

static void carry_out(struct worker *worker, const struct agent_output *out)
{
	switch (out->kind) {
	case AGENT_REQUEST:
		client_send(worker->client, out);
		break;
	case AGENT_START:
		start(worker, out->job, out->task);
		break;
	case AGENT_KILL:
		log_info("action %s is cancelled", out->task->name);
		runner_kill(&worker->runners[out->job], clock_mono());
		break;
	case AGENT_NOTE:
		if (out->trouble)
			log_warn("%s", out->note);
		else
			log_info("%s", out->note);
		break;
	case AGENT_LEAVE:
		worker->leave = out->leave;
		break;
	}
}

static void on_runner_event(struct worker *worker, int job,
			    const struct runner_event *event)
{
	mono_ms now = clock_mono();

	switch (event->kind) {
	case RUNNER_LINE:
		if (worker->options->config->console_log)
			log_info("| %s", event->line);
		agent_line(&worker->agent, job, now, event->stream,
			   event->line);
		break;
	case RUNNER_PROGRESS:
		agent_progress(&worker->agent, job, now, &event->progress);
		break;
	case RUNNER_ENDED:
		log_info("action %s: %s%s%s", worker->agent.jobs[job].task.name,
			 task_state_name(event->result.state),
			 event->result.message[0] ? ": " : "",
			 event->result.message);
		agent_ended(&worker->agent, job, now, &event->result);
		save_journal(worker);
		break;
	}
}

static int wait_ms(const struct worker *worker)
{
	mono_ms now = clock_mono();
	mono_ms until = agent_deadline(&worker->agent);

	for (int i = 0; i < AGENT_JOBS; i++) {
		mono_ms runner = runner_deadline(&worker->runners[i]);

		if (runner < until)
			until = runner;
	}
	if (until <= now)
		return 0;
	if (until - now > LONGEST_WAIT_MS)
		return LONGEST_WAIT_MS;
	return (int)(until - now);
}

static void on_answer(struct worker *worker, int status, const struct buf *body)
{
	enum log_level level;

	agent_answer(&worker->agent, clock_mono(), status, body->base,
		     body->len);
	if (log_level_parse(worker->agent.welcome.log_level, &level) == 0)
		log_set_level(level);
}

static void turn(struct worker *worker)
{
	struct curl_waitfd fds[RUNNER_FDS * AGENT_JOBS];
	struct runner_event event;
	struct agent_output out;
	const struct buf *body;
	unsigned n = 0;
	int status;

	while (agent_output(&worker->agent, clock_mono(), &out))
		carry_out(worker, &out);
	if (agent_done(&worker->agent))
		return;
	for (int i = 0; i < AGENT_JOBS; i++)
		n += runner_fds(&worker->runners[i], fds + n);
	client_wait(worker->client, fds, n, wait_ms(worker));
	for (int i = 0; i < AGENT_JOBS; i++)
		while (runner_next(&worker->runners[i], clock_mono(), &event))
			on_runner_event(worker, i, &event);
	if (client_answer(worker->client, &status, &body))
		on_answer(worker, status, body);
	agent_expire(&worker->agent, clock_mono());
}

static void begin(struct worker *worker, const struct worker_options *options)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct agent_identity identity;
	mono_ms now = clock_mono();

	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	worker->options = options;
	worker->rng = rng_system();
	if (options->boot_id)
		str_copy(worker->boot_id, sizeof(worker->boot_id),
			 options->boot_id);
	else if (!sysfs_value("/proc/sys/kernel/random/boot_id",
			      worker->boot_id, sizeof(worker->boot_id)))
		str_copy(worker->boot_id, sizeof(worker->boot_id), "unknown");
	read_hook_version(worker->hook_version, sizeof(worker->hook_version));
	worker->attributes = inventory_collect();
	identity.boot_id = worker->boot_id;
	identity.machine = options->config->machine;
	identity.mac = options->config->mac;
	identity.hook_version = worker->hook_version;
	identity.attributes = worker->attributes;
	/* Never a number twice in a boot: fewer than 1000 events come a ms. */
	agent_init(&worker->agent, &identity, &worker->rng, now,
		   (uint64_t)now * 1000 + 1);
	worker->client = client_new(options->config);
	for (int i = 0; i < AGENT_JOBS; i++)
		runner_init(&worker->runners[i]);
}

enum agent_leave worker_run(const struct worker_options *options)
{
	AUTO_FREE struct worker *worker = xcalloc(1, sizeof(*worker));

	begin(worker, options);
	load_journal(worker);
	if (options->notice)
		agent_line(&worker->agent, AGENT_NONE, clock_mono(), "worker",
			   options->notice);
	while (!told_to_end && !agent_done(&worker->agent))
		turn(worker);
	for (int i = 0; i < AGENT_JOBS; i++)
		runner_release(&worker->runners[i]);
	client_free(worker->client);
	agent_release(&worker->agent);
	free(worker->attributes);
	curl_global_cleanup();
	return worker->leave;
}
