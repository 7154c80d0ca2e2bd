/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot servers and the metadata service with a file for an inventory:
 * what clients are tested against.
 *
 *	boot_server FOLDER ADDRESS [INTERFACE]
 *
 * TFTP on port 69 and HTTP on 7080 of ADDRESS, DHCP on INTERFACE. FOLDER has
 * inventory.json, which is read again at SIGHUP, and ipxe/, hook/, images/.
 * What is seen goes to standard output, a JSON object a line, the first and
 * that of each reading being {"saw": "ready"}. Serves until its standard
 * input ends. A worker's configuration counts how often it was made.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/map.h"
#include "base/str.h"
#include "boot/boot_http.h"
#include "boot/dhcp.h"
#include "boot/tftp.h"
#include "metadata/metadata_http.h"

#define HTTP_PORT 7080

struct server {
	struct loop *loop;
	char *inventory; /* path */
	json_t *read;
	struct boot_machine *machines;
	struct map *by_mac; /* struct mac -> struct boot_machine */
	struct map *by_ip;
	struct artifacts *artifacts;
	struct boot_http *boot;
	struct metadata_ops metadata;
	int n_configs;
};

static void copy(char *out, size_t size, const json_t *object, const char *name)
{
	const char *text = json_str_at(object, name);

	if (text && !str_copy(out, size, text))
		fprintf(stderr, "%s: too long\n", name);
}

static ipv4 address(const json_t *object, const char *name)
{
	const char *text = json_str_at(object, name);
	ipv4 found = 0;

	if (text && !net_parse_ipv4(text, &found))
		fprintf(stderr, "%s: no address\n", text);
	return found;
}

static void read_machine(const json_t *object, struct boot_machine *machine)
{
	const char *mac = json_str_at(object, "mac");

	memset(machine, 0, sizeof(*machine));
	if (!mac || !net_parse_mac(mac, &machine->mac))
		fprintf(stderr, "a machine without a MAC\n");
	machine->ip = address(object, "ip");
	machine->mask = address(object, "mask");
	machine->gateway = address(object, "gateway");
	machine->name_servers[0] = address(object, "name_server");
	machine->time_servers[0] = address(object, "time_server");
	machine->lease_s = (uint32_t)json_int_at(object, "lease_s", 0);
	machine->uefi = json_bool_at(object, "uefi", false);
	machine->allow_netboot = json_bool_at(object, "netboot", true);
	copy(machine->name, sizeof(machine->name), object, "name");
	copy(machine->hostname, sizeof(machine->hostname), object, "hostname");
	copy(machine->domain, sizeof(machine->domain), object, "domain");
	copy(machine->ipxe_url, sizeof(machine->ipxe_url), object, "ipxe_url");
	copy(machine->boot_file, sizeof(machine->boot_file), object,
	     "boot_file");
	copy(machine->tftp_server, sizeof(machine->tftp_server), object,
	     "tftp_server");
}

static void say(json_t *line)
{
	AUTO_FREE char *text = json_text(line);

	puts(text);
	fflush(stdout);
	json_decref(line);
}

static void forget(struct server *server)
{
	map_free(server->by_mac);
	map_free(server->by_ip);
	free(server->machines);
	json_decref(server->read);
}

static void read_inventory(void *arg)
{
	struct server *server = arg;
	json_t *machines;
	json_t *object;
	size_t i;

	forget(server);
	server->read = json_load_file(server->inventory, 0, NULL);
	machines = json_at(server->read, "machines");
	server->machines = xcalloc(json_array_size(machines) + 1,
				   sizeof(*server->machines));
	server->by_mac = map_new();
	server->by_ip = map_new();
	json_array_foreach (machines, i, object) {
		struct boot_machine *machine = &server->machines[i];

		read_machine(object, machine);
		map_put(server->by_mac, &machine->mac, sizeof(machine->mac),
			machine);
		map_put(server->by_ip, &machine->ip, sizeof(machine->ip),
			machine);
	}
	say(json_pack("{ss}", "saw", "ready"));
}

static bool find_mac(void *arg, const struct mac *mac,
		     struct boot_machine *machine)
{
	struct server *server = arg;
	struct boot_machine *found = map_get(server->by_mac, mac, sizeof(*mac));

	if (found)
		*machine = *found;
	return found;
}

static bool find_ip(void *arg, ipv4 ip, struct boot_machine *machine)
{
	struct server *server = arg;
	struct boot_machine *found = map_get(server->by_ip, &ip, sizeof(ip));

	if (found)
		*machine = *found;
	return found;
}

static void saw(void *arg, const struct boot_event *event)
{
	static const char *const names[] = {
		[BOOT_SAW_DISCOVER] = "discover",
		[BOOT_SAW_REQUEST] = "request",
		[BOOT_SAW_NAK] = "nak",
		[BOOT_SAW_DECLINE] = "decline",
		[BOOT_SAW_FOREIGN_DHCP] = "foreign-dhcp",
		[BOOT_SAW_STRANGER] = "stranger",
		[BOOT_SAW_TFTP_DONE] = "tftp",
		[BOOT_SAW_TFTP_FAILED] = "tftp-failed",
		[BOOT_SAW_SCRIPT] = "script",
		[BOOT_SAW_SCRIPT_FAILED] = "script-failed",
		[BOOT_SAW_CONFIG] = "config",
		[BOOT_SAW_CONFIG_FAILED] = "config-failed",
		[BOOT_SAW_FILE_DONE] = "file",
		[BOOT_SAW_FILE_CUT] = "file-cut",
	};
	char mac[MAC_TEXT];
	char ip[IPV4_TEXT];

	(void)arg;
	net_mac_text(&event->mac, mac);
	net_ipv4_text(event->ip, ip);
	say(json_pack("{ssssssss}", "saw", names[event->saw], "mac", mac, "ip",
		      ip, "text", event->text));
}

static char *worker_config(void *arg, const struct boot_machine *machine,
			   ipv4 server_address, struct err *err)
{
	struct server *server = arg;
	char text[IPV4_TEXT];

	if (str_eq(machine->name, "refused")) {
		err_set(err, ERR_INVALID, "not this one\n");
		return NULL;
	}
	if (str_eq(machine->name, "huge"))
		return xasprintf("{\"x\":\"%*s\"}\n", 64 * 1024, "");
	net_ipv4_text(server_address, text);
	return xasprintf("{\"machine\":\"%s\",\"server\":\"%s\",\"n\":%d}\n",
			 machine->name, text, ++server->n_configs);
}

static json_t *hardware(struct server *server, const char *key)
{
	return json_incref(json_object_get(
		json_object_get(server->read, "hardware"), key));
}

static json_t *hardware_by_ip(void *arg, ipv4 ip)
{
	char text[IPV4_TEXT];

	net_ipv4_text(ip, text);
	return hardware(arg, text);
}

static json_t *hardware_by_token(void *arg, const char *token)
{
	return hardware(arg, token);
}

static void phoned_home(void *arg, const char *token, const char *text)
{
	(void)arg;
	say(json_pack("{ssssss}", "saw", "phone-home", "token", token, "text",
		      text));
}

static void asked(void *arg, const json_t *hardware, const char *what,
		  bool found)
{
	(void)arg;
	say(json_pack("{sssssssb}", "saw", "metadata", "name",
		      json_str_at(hardware, "metadata.name"), "what", what,
		      "found", found));
}

static void handle(void *arg, struct http_request *req)
{
	struct server *server = arg;

	if (!boot_http_handle(server->boot, req) &&
	    !metadata_http_handle(&server->metadata, req))
		http_reply_text(req, 404, "no such page\n");
}

static void on_stdin(void *arg, unsigned ready)
{
	struct server *server = arg;
	char byte;

	(void)ready;
	if (read(STDIN_FILENO, &byte, 1) <= 0)
		loop_stop(server->loop);
}

static struct artifacts *folders(const char *folder)
{
	static const char *const classes[] = { "ipxe", "hook", "images" };
	struct artifacts *artifacts = artifacts_new();

	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", folder, classes[i]);

		artifacts_add(artifacts, classes[i], path);
	}
	return artifacts;
}

static int serve(struct server *server, const char *text, const char *interface,
		 struct err *err)
{
	static const struct http_limits limits = { .body_bytes = 64 * 1024,
						   .stream_bytes = 1024 * 1024,
						   .idle_s = 120 };
	struct boot_ops ops = { .find_mac = find_mac,
				.find_ip = find_ip,
				.saw = saw,
				.arg = server };
	struct boot_http_config boot = { "", HTTP_PORT, worker_config, server };
	struct dhcp_config config = { interface, 0, HTTP_PORT, 600 };
	struct http_server *http =
		http_server_new(server->loop, &limits, handle, server);
	struct dhcp *dhcp = NULL;
	struct tftp *tftp = NULL;
	int status = -1;

	if (!net_parse_ipv4(text, &config.address))
		return err_set(err, ERR_INVALID, "%s: no address", text);
	server->boot = boot_http_new(&boot, server->artifacts, &ops);
	tftp = tftp_new(server->loop, config.address, 69, server->artifacts,
			&ops, err);
	if (interface)
		dhcp = dhcp_new(server->loop, &config, &ops, err);
	if (tftp && (dhcp || !interface) &&
	    !http_server_listen(http, text, HTTP_PORT, NULL, err)) {
		read_inventory(server);
		loop_run(server->loop);
		status = 0;
	}
	tftp_free(tftp);
	dhcp_free(dhcp);
	http_server_free(http);
	boot_http_free(server->boot);
	return status;
}

int main(int argc, char **argv)
{
	struct server server = { .loop = loop_new() };
	struct loop_io *input =
		loop_io_new(server.loop, STDIN_FILENO, on_stdin, &server);
	struct err err;
	int status;

	if (argc < 3) {
		fprintf(stderr,
			"usage: boot_server FOLDER ADDRESS [INTERFACE]\n");
		return 2;
	}
	server.inventory = xasprintf("%s/inventory.json", argv[1]);
	server.artifacts = folders(argv[1]);
	server.metadata =
		(struct metadata_ops){ hardware_by_ip, hardware_by_token,
				       phoned_home, asked, &server };
	loop_io_want(input, LOOP_READ);
	loop_on_signal(server.loop, SIGHUP, read_inventory, &server);
	status = serve(&server, argv[2], argv[3], &err);
	if (status)
		fprintf(stderr, "boot_server: %s\n", err.message);
	forget(&server);
	artifacts_free(server.artifacts);
	free(server.inventory);
	loop_io_free(input);
	loop_free(server.loop);
	return status ? 1 : 0;
}
