/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/netconf.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "worker/sysfs.h"

#define LOG_MODULE "network"
#include "base/log.h"

#define APPEAR_MS 10000
#define LINK_MS   15000
#define STEP_MS   20
#define SCRIPT    "/run/udhcpc.script"

static void pause_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void set_address(struct sockaddr *where, ipv4 address)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(address) };

	memcpy(where, &in, sizeof(in));
}

static int set_up(int fd, const char *name, struct err *err)
{
	struct ifreq request = { 0 };

	str_copy(request.ifr_name, sizeof(request.ifr_name), name);
	if (ioctl(fd, SIOCGIFFLAGS, &request))
		return err_errno(err, errno, "interface %s", name);
	request.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		return err_errno(err, errno, "bringing up %s", name);
	return 0;
}

static bool has_mac(const char *name, const char *mac)
{
	char path[300];
	char own[32];

	snprintf(path, sizeof(path), "/sys/class/net/%s/address", name);
	return sysfs_value(path, own, sizeof(own)) && strcmp(own, mac) == 0;
}

static bool is_device(const char *name)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "/sys/class/net/%s/device", name);
	return stat(path, &st) == 0;
}

/* The one with the MAC, or without a MAC the first real one. */
static bool find_interface(const char *mac, char name[IFNAMSIZ])
{
	DIR *directory = opendir("/sys/class/net");
	const struct dirent *entry;
	bool found = false;

	while (directory && !found && (entry = readdir(directory)))
		if (entry->d_name[0] != '.' &&
		    (*mac ? has_mac(entry->d_name, mac)
			  : is_device(entry->d_name)))
			found = str_copy(name, IFNAMSIZ, entry->d_name);
	if (directory)
		closedir(directory);
	return found;
}

static void wait_for_link(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/net/%s/carrier", name);
	for (int waited = 0; waited < LINK_MS; waited += STEP_MS) {
		if (sysfs_number(path, 0) == 1)
			return;
		pause_ms(STEP_MS);
	}
	log_warn("%s has no link after %d s", name, LINK_MS / 1000);
}

static int set_static(int fd, const char *name,
		      const struct config_network *network, struct err *err)
{
	struct ifreq request = { 0 };
	struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY };

	str_copy(request.ifr_name, sizeof(request.ifr_name), name);
	set_address(&request.ifr_addr, network->address);
	if (ioctl(fd, SIOCSIFADDR, &request))
		return err_errno(err, errno, "the address of %s", name);
	set_address(&request.ifr_netmask, net_mask(network->prefix));
	if (ioctl(fd, SIOCSIFNETMASK, &request))
		return err_errno(err, errno, "the netmask of %s", name);
	if (!network->gateway)
		return 0;
	set_address(&route.rt_dst, 0);
	set_address(&route.rt_genmask, 0);
	set_address(&route.rt_gateway, network->gateway);
	if (ioctl(fd, SIOCADDRT, &route) && errno != EEXIST)
		return err_errno(err, errno, "the route by the gateway");
	return 0;
}

static void write_resolver(const struct config_network *network)
{
	FILE *file = fopen("/etc/resolv.conf", "we");

	if (!file)
		return;
	for (size_t i = 0; i < network->n_dns; i++) {
		char text[IPV4_TEXT];

		net_ipv4_text(network->dns[i], text);
		fprintf(file, "nameserver %s\n", text);
	}
	fclose(file);
}

static const char dhcp_script[] =
	"#!/bin/sh\n"
	"[ \"$1\" = bound ] || [ \"$1\" = renew ] || exit 0\n"
	"ip addr flush dev $interface\n"
	"ip addr add $ip/${mask:-24} dev $interface\n"
	"for r in $router; do ip route replace default via $r; break; done\n"
	": >/etc/resolv.conf\n"
	"for d in $dns; do echo nameserver $d >>/etc/resolv.conf; done\n";

/* It stays in the background to renew the lease. */
static int run_dhcp(const char *name, struct err *err)
{
	int fd = open(SCRIPT, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n;
	pid_t child;
	int status;

	if (fd < 0)
		return err_errno(err, errno, SCRIPT);
	n = write(fd, dhcp_script, sizeof(dhcp_script) - 1);
	close(fd);
	if (n != (ssize_t)sizeof(dhcp_script) - 1)
		return err_set(err, ERR_IO, "writing " SCRIPT);
	child = fork();
	if (child < 0)
		return err_errno(err, errno, "fork");
	if (child == 0) {
		execl("/bin/busybox", "udhcpc", "-i", name, "-n", "-t", "10",
		      "-T", "2", "-s", SCRIPT, (char *)NULL);
		_exit(127);
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 0)
		return err_set(err, ERR_TIMEOUT,
			       "no DHCP server has answered on %s", name);
	return 0;
}

static int configure(int fd, const struct config *config, const char *name,
		     struct err *err)
{
	if (set_up(fd, "lo", err) || set_up(fd, name, err))
		return -1;
	if (config->network.given) {
		if (set_static(fd, name, &config->network, err))
			return -1;
		write_resolver(&config->network);
	}
	wait_for_link(name);
	if (config->network.given)
		return 0;
	return run_dhcp(name, err);
}

int netconf_up(const struct config *config, struct err *err)
{
	char mac[MAC_TEXT] = "";
	char name[IFNAMSIZ];
	struct mac own;
	int waited = 0;
	int status;
	int fd;

	if (config->network.given)
		net_mac_text(&config->network.mac, mac);
	else if (net_parse_mac(config->mac, &own))
		net_mac_text(&own, mac);
	while (!find_interface(mac, name)) {
		if (waited >= APPEAR_MS)
			return err_set(err, ERR_NOT_FOUND,
				       "no network interface has the MAC "
				       "address %s: its driver may be missing "
				       "from the hook",
				       *mac ? mac : "(any)");
		pause_ms(STEP_MS);
		waited += STEP_MS;
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, errno, "socket");
	status = configure(fd, config, name, err);
	close(fd);
	return status;
}
