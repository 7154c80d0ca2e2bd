/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/metrics.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/metric_wire.h"
#include "base/str.h"
#include "bmc/bmc.h"
#include "daemon/process.h"
#include "store/tally.h"
#include "workflow/plan.h"

#define MAX_TALLIES 16

static void add_process(struct buf *out)
{
	struct process process;

	process_read(&process);
	metric_family(out, "tomte_build_info", METRIC_GAUGE,
		      "The version of this program.");
	metric_count(out, "tomte_build_info", 1, "version", TOMTE_VERSION,
		     NULL);
	metric_family(out, "process_cpu_seconds_total", METRIC_COUNTER,
		      "Processor time that was used.");
	metric_micro(out, "process_cpu_seconds_total", process.cpu_us, NULL);
	metric_family(out, "process_resident_memory_bytes", METRIC_GAUGE,
		      "Memory that is in use.");
	metric_count(out, "process_resident_memory_bytes",
		     process.resident_bytes, NULL);
	metric_family(out, "process_open_fds", METRIC_GAUGE,
		      "Descriptors that are open.");
	metric_count(out, "process_open_fds", process.open_fds, NULL);
	metric_family(out, "process_max_fds", METRIC_GAUGE,
		      "Descriptors that may be open.");
	metric_count(out, "process_max_fds", process.max_fds, NULL);
	metric_family(out, "process_start_time_seconds", METRIC_GAUGE,
		      "When the program was started, since 1970.");
	metric_micro(out, "process_start_time_seconds",
		     process.started_ms * 1000, NULL);
}

static void add_loop(const struct metrics *metrics, struct buf *out)
{
	const struct loop_stats *stats = loop_stats(metrics->loop);

	metric_family(out, "tomte_loop_turn_seconds", METRIC_HISTOGRAM,
		      "How long turns of the event loop took: all others wait "
		      "that long.");
	metric_histogram(out, "tomte_loop_turn_seconds", &stats->turns, NULL);
	metric_family(out, "tomte_loop_longest_turn_seconds", METRIC_GAUGE,
		      "The longest turn of the last five to ten minutes.");
	metric_micro(out, "tomte_loop_longest_turn_seconds",
		     longest_get(&stats->longest, clock_mono_us()), NULL);
}

static void add_store(const struct metrics *metrics, struct buf *out)
{
	struct statvfs disk;

	metric_family(out, "tomte_store_commit_seconds", METRIC_HISTOGRAM,
		      "How long commits to the inventory took, the disk among "
		      "it.");
	metric_histogram(out, "tomte_store_commit_seconds",
			 store_commits(metrics->store), NULL);
	metric_family(out, "tomte_store_bytes", METRIC_GAUGE,
		      "Size of the inventory's files.");
	metric_count(out, "tomte_store_bytes",
		     process_file_bytes(metrics->state, "inventory.db"), "file",
		     "inventory.db", NULL);
	metric_count(out, "tomte_store_bytes",
		     process_file_bytes(metrics->state, "inventory.db-wal"),
		     "file", "inventory.db-wal", NULL);
	if (statvfs(metrics->state, &disk))
		return;
	metric_family(out, "tomte_store_free_bytes", METRIC_GAUGE,
		      "Space that is left where the inventory is.");
	metric_count(out, "tomte_store_free_bytes",
		     (uint64_t)disk.f_bavail * disk.f_frsize, NULL);
}

static void add_http(const struct metrics *metrics, struct buf *out)
{
	static const char requests[] = "tomte_http_requests_total";
	static const char open[] = "tomte_http_connections";
	static const char accepted[] = "tomte_http_connections_total";
	size_t n = ARRAY_LEN(metrics->listeners);
	char status[16];

	metric_family(out, requests, METRIC_COUNTER,
		      "Answers, by listener and status; 499: nobody waited "
		      "for it.");
	for (size_t i = 0; i < n; i++) {
		const struct http_stats *stats =
			http_server_stats(metrics->listeners[i].server);

		for (int code = 0; code < HTTP_STATUS_MAX; code++) {
			if (!stats->by_status[code])
				continue;
			snprintf(status, sizeof(status), "%d", code);
			metric_count(out, requests, stats->by_status[code],
				     "listener", metrics->listeners[i].name,
				     "status", status, NULL);
		}
	}
	metric_family(out, open, METRIC_GAUGE, "Connections that are open.");
	for (size_t i = 0; i < n; i++)
		metric_count(
			out, open,
			http_server_connections(metrics->listeners[i].server),
			"listener", metrics->listeners[i].name, NULL);
	metric_family(out, accepted, METRIC_COUNTER,
		      "Connections that were accepted.");
	for (size_t i = 0; i < n; i++)
		metric_count(out, accepted,
			     http_server_stats(metrics->listeners[i].server)
				     ->accepted,
			     "listener", metrics->listeners[i].name, NULL);
}

static void add_types(struct buf *out, const char *name,
		      const uint64_t counts[DHCP_N_TYPES])
{
	for (int i = DHCP_DISCOVER; i < DHCP_N_TYPES; i++)
		metric_count(out, name, counts[i], "type",
			     dhcp_type_name((enum dhcp_type)i), NULL);
}

static void add_dhcp(const struct metrics *metrics, struct buf *out)
{
	static const struct dhcp_stats none;
	const struct dhcp_stats *stats =
		metrics->dhcp ? dhcp_stats(metrics->dhcp) : &none;

	metric_family(out, "tomte_dhcp_received_total", METRIC_COUNTER,
		      "DHCP messages from machines of the inventory.");
	add_types(out, "tomte_dhcp_received_total", stats->received);
	metric_family(out, "tomte_dhcp_sent_total", METRIC_COUNTER,
		      "DHCP messages to them.");
	add_types(out, "tomte_dhcp_sent_total", stats->sent);
	metric_family(out, "tomte_dhcp_ignored_total", METRIC_COUNTER,
		      "DHCP messages that are not for us.");
	metric_count(out, "tomte_dhcp_ignored_total", stats->strangers,
		     "reason", "unknown-mac", NULL);
	metric_count(out, "tomte_dhcp_ignored_total", stats->bad, "reason",
		     "no-request", NULL);
}

static void add_tftp(const struct metrics *metrics, struct buf *out)
{
	static const struct tftp_stats none;
	static const char transfers[] = "tomte_tftp_transfers_total";
	const struct tftp_stats *stats =
		metrics->tftp ? tftp_stats(metrics->tftp) : &none;

	metric_family(out, transfers, METRIC_COUNTER,
		      "TFTP transfers that are over.");
	metric_count(out, transfers, stats->done, "result", "done", NULL);
	metric_count(out, transfers, stats->failed, "result", "failed", NULL);
	metric_count(out, transfers, stats->refused, "result", "refused", NULL);
	metric_family(out, "tomte_tftp_sent_bytes_total", METRIC_COUNTER,
		      "Bytes that were acknowledged.");
	metric_count(out, "tomte_tftp_sent_bytes_total", stats->bytes, NULL);
	metric_family(out, "tomte_tftp_transfers", METRIC_GAUGE,
		      "TFTP transfers that go on.");
	metric_count(out, "tomte_tftp_transfers",
		     metrics->tftp ? tftp_transfers(metrics->tftp) : 0, NULL);
}

static void add_boot(const struct metrics *metrics, struct buf *out)
{
	static const char files[] = "tomte_boot_files_total";
	static const char bytes[] = "tomte_boot_file_sent_bytes_total";
	const struct boot_http_stats *stats = boot_http_stats(metrics->boot);

	metric_family(out, "tomte_boot_scripts_total", METRIC_COUNTER,
		      "iPXE scripts that were handed out.");
	metric_count(out, "tomte_boot_scripts_total", stats->scripts, NULL);
	metric_family(out, "tomte_boot_configs_total", METRIC_COUNTER,
		      "Configurations of workers that were handed out.");
	metric_count(out, "tomte_boot_configs_total", stats->configs, NULL);
	metric_family(out, files, METRIC_COUNTER,
		      "Files that were asked for by HTTP, or parts of them.");
	for (int i = 0; i < BOOT_N_FILES; i++) {
		const char *name = boot_file_name((enum boot_file)i);

		metric_count(out, files, stats->files[i].done, "class", name,
			     "result", "done", NULL);
		metric_count(out, files, stats->files[i].cut, "class", name,
			     "result", "cut", NULL);
		metric_count(out, files, stats->files[i].missing, "class", name,
			     "result", "missing", NULL);
	}
	metric_family(out, bytes, METRIC_COUNTER, "Bytes of them.");
	for (int i = 0; i < BOOT_N_FILES; i++)
		metric_count(out, bytes, stats->files[i].bytes, "class",
			     boot_file_name((enum boot_file)i), NULL);
}

static void add_seen(const struct metrics *metrics, struct buf *out)
{
	static const char name[] = "tomte_boot_events_total";

	metric_family(out, name, METRIC_COUNTER,
		      "What machines were seen to do while they boot.");
	for (int i = 0; i < BOOT_N_SAW; i++) {
		const char *source;
		const char *kind;

		facts_saw_name((enum boot_saw)i, &source, &kind);
		metric_count(out, name, metrics->facts->saw[i], "source",
			     source, "kind", kind, NULL);
	}
	metric_family(out, "tomte_tls_failures_total", METRIC_COUNTER,
		      "TLS handshakes that clients did not come through.");
	metric_count(out, "tomte_tls_failures_total",
		     metrics->facts->tls_failed, NULL);
	metric_family(out, "tomte_consoles", METRIC_GAUGE,
		      "Consoles of machines that are listened to.");
	metric_count(out, "tomte_consoles", overhear_count(metrics->overhear),
		     NULL);
}

static void add_tries(const struct bmc_counts *counts, unsigned driver,
		      enum bmc_op op, const char *name, struct buf *out)
{
	for (size_t code = 0; code < BMC_N_CODES; code++)
		if (counts->tries[driver][op][code])
			metric_count(out, name, counts->tries[driver][op][code],
				     "protocol", bmc_driver_name(driver),
				     "verb", bmc_op_name(op), "result",
				     code ? err_name((enum err_code)code)
					  : "ok",
				     NULL);
}

static void add_took(const struct bmc_counts *counts, unsigned driver,
		     enum bmc_op op, const char *name, struct buf *out)
{
	const struct histogram *took = &counts->took[driver][op];

	if (histogram_count(took))
		metric_histogram(out, name, took, "protocol",
				 bmc_driver_name(driver), "verb",
				 bmc_op_name(op), NULL);
}

/* For each operation that there was. */
static void add_each(const struct bmc_counts *counts, const char *name,
		     void (*add)(const struct bmc_counts *, unsigned,
				 enum bmc_op, const char *, struct buf *),
		     struct buf *out)
{
	for (unsigned i = 0; i < BMC_N_DRIVERS; i++)
		for (int k = 0; k < BMC_N_OPS; k++)
			add(counts, i, (enum bmc_op)k, name, out);
}

static void add_standings(const struct bmc_counts *counts, struct buf *out)
{
	for (int i = 0; i < BMC_N_STANDINGS; i++)
		metric_count(out, "tomte_bmcs", counts->bmcs[i], "standing",
			     bmc_standing_name((enum bmc_standing)i), NULL);
}

static void add_bmc(const struct metrics *metrics, struct buf *out)
{
	static const char tries[] = "tomte_bmc_operations_total";
	static const char took[] = "tomte_bmc_operation_seconds";
	const struct bmc_counts *counts = bmc_counts(exec_bmc(metrics->exec));

	metric_family(out, tries, METRIC_COUNTER,
		      "Operations that BMCs were asked for, each try, by "
		      "protocol, verb and result.");
	add_each(counts, tries, add_tries, out);
	metric_family(out, took, METRIC_HISTOGRAM, "How long they took.");
	add_each(counts, took, add_took, out);
	metric_family(out, "tomte_bmc_operations", METRIC_GAUGE,
		      "Operations on BMCs that are under way.");
	for (unsigned i = 0; i < BMC_N_DRIVERS; i++)
		metric_count(out, "tomte_bmc_operations", counts->running[i],
			     "protocol", bmc_driver_name(i), NULL);
	metric_family(out, "tomte_bmc_waiting", METRIC_GAUGE,
		      "BMCs that wait for a place to be asked.");
	metric_count(out, "tomte_bmc_waiting", counts->waiting, NULL);
	metric_family(out, "tomte_bmcs", METRIC_GAUGE,
		      "BMCs that were spoken to, by how it stands with them.");
	add_standings(counts, out);
}

static void add_tallies(struct buf *out, const char *name, const char *label,
			const struct tally *tallies, size_t n)
{
	for (size_t i = 0; i < n; i++)
		metric_count(out, name, (uint64_t)tallies[i].n, label,
			     tallies[i].name, NULL);
}

static void add_runs(const struct metrics *metrics, struct buf *out)
{
	const struct engine_stats *stats = engine_stats(metrics->engine);
	struct tally tallies[MAX_TALLIES];
	size_t n = tally_phases(metrics->store, tallies, MAX_TALLIES);

	metric_family(out, "tomte_runs", METRIC_GAUGE,
		      "Runs that are not over, by phase.");
	add_tallies(out, "tomte_runs", "phase", tallies, n);
	metric_family(out, "tomte_runs_started_total", METRIC_COUNTER,
		      "Runs that were begun.");
	metric_count(out, "tomte_runs_started_total", stats->started, NULL);
	metric_family(out, "tomte_runs_ended_total", METRIC_COUNTER,
		      "Runs that are over, by outcome.");
	for (int i = 0; i < ENGINE_N_OUTCOMES; i++)
		metric_count(out, "tomte_runs_ended_total", stats->ended[i],
			     "outcome",
			     engine_outcome_name((enum engine_outcome)i), NULL);
	metric_family(out, "tomte_run_phase_seconds", METRIC_HISTOGRAM,
		      "How long runs were in a phase that is over.");
	for (int i = 0; i < PHASE_ENDED; i++)
		if (histogram_count(&stats->phases[i]))
			metric_histogram(out, "tomte_run_phase_seconds",
					 &stats->phases[i], "phase",
					 phase_name((enum phase)i), NULL);
	n = tally_power(metrics->store, tallies, MAX_TALLIES);
	metric_family(out, "tomte_machines", METRIC_GAUGE,
		      "Machines of the inventory, by the power last seen.");
	add_tallies(out, "tomte_machines", "power", tallies, n);
}

static void add_workers(const struct metrics *metrics, struct buf *out)
{
	const struct worker_stats *stats = worker_http_stats(metrics->workers);

	metric_family(out, "tomte_worker_sessions_total", METRIC_COUNTER,
		      "Boots of the in-memory OS whose worker said hello.");
	metric_count(out, "tomte_worker_sessions_total", stats->sessions, NULL);
	metric_family(out, "tomte_worker_reports_total", METRIC_COUNTER,
		      "Reports of workers that were taken down.");
	metric_count(out, "tomte_worker_reports_total", stats->reports, NULL);
	metric_family(out, "tomte_worker_refused_total", METRIC_COUNTER,
		      "Callers that are no machine's worker.");
	metric_count(out, "tomte_worker_refused_total", stats->refused, NULL);
	metric_family(out, "tomte_workers_waiting", METRIC_GAUGE,
		      "Workers that wait for something to do.");
	metric_count(out, "tomte_workers_waiting",
		     worker_http_waiting(metrics->workers), NULL);
}

static void add_discovery(const struct metrics *metrics, struct buf *out)
{
	static const struct discovery_stats none;
	static const char strangers[] = "tomte_discovery_strangers_total";
	static const char workers[] = "tomte_discovery_workers_total";
	const struct worker_stats *greeted =
		worker_http_stats(metrics->workers);
	const struct discovery_stats *stats =
		metrics->discovery ? discovery_stats(metrics->discovery)
				   : &none;

	metric_family(out, strangers, METRIC_COUNTER,
		      "Machines that nobody knows and that boot from the "
		      "network, by what they were given.");
	metric_count(out, strangers, stats->lent, "result", "address", NULL);
	metric_count(out, strangers, stats->limited, "result", "too-many",
		     NULL);
	metric_count(out, strangers, stats->full, "result", "pool-full", NULL);
	metric_count(out, strangers, stats->known, "result", "known-machine",
		     NULL);
	metric_family(out, workers, METRIC_COUNTER, "Hellos of their workers.");
	metric_count(out, workers, greeted->discovered, "result", "discovered",
		     NULL);
	metric_count(out, workers, greeted->not_discovered, "result", "refused",
		     NULL);
	metric_family(out, "tomte_discovery_addresses", METRIC_GAUGE,
		      "Addresses of discovery-pool that are lent, offered or "
		      "passed over.");
	metric_count(out, "tomte_discovery_addresses",
		     metrics->discovery ? discovery_leases(metrics->discovery)
					: 0,
		     NULL);
}

void metrics_render(const struct metrics *metrics, struct buf *out)
{
	add_process(out);
	add_loop(metrics, out);
	add_store(metrics, out);
	add_http(metrics, out);
	add_dhcp(metrics, out);
	add_tftp(metrics, out);
	add_boot(metrics, out);
	add_seen(metrics, out);
	add_bmc(metrics, out);
	add_runs(metrics, out);
	add_workers(metrics, out);
	add_discovery(metrics, out);
}
