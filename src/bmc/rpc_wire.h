/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_RPC_WIRE_H
#define BMC_RPC_WIRE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "bmc/types.h"

/*
 * Management by somebody's program: a webhook that is asked as Tinkerbell's
 * Rufio asks it. Pure.
 *
 *	POST URL   {"id": 1, "host": "10.0.0.9", "method": "setPowerState",
 *		    "params": {"state": "on"}}
 *	200        {"id": 1, "host": "10.0.0.9", "result": "on"}, or
 *		   {"id": 1, "error": {"code": 500, "message": "..."}}
 *
 * Signed with HMAC, where there are secrets: of the body and then the values
 * of the headers that are to be included, with nothing between; the time of
 * the request is always one of them. A signature is "sha256=hex", in the
 * header X-Rufio-Signature-256; with several secrets there are several,
 * joined by commas.
 */
#define RPC_MAX_HEADERS  8
#define RPC_MAX_SECRETS  4
#define RPC_HEADER_SIZE  512
#define RPC_BODY_MAX     (64 * 1024)
#define RPC_DEFAULT_TIME "X-Rufio-Timestamp"
#define RPC_DEFAULT_SIGN "X-Rufio-Signature"

struct rpc_header {
	char name[128];
	char value[RPC_HEADER_SIZE];
};

struct rpc_secret {
	bool sha512;
	char key[256];
};

struct rpc_config {
	char url[BMC_URL_SIZE];
	char method[16];
	char content_type[128];
	char time_header[128];
	char sign_header[128];
	bool no_prefix; /* no "sha256=" before the signature */
	bool no_suffix; /* no "-256" behind the header's name */
	struct rpc_header fixed[RPC_MAX_HEADERS];
	size_t n_fixed;
	char signed_too[RPC_MAX_HEADERS][128];
	size_t n_signed;
	struct rpc_secret secrets[2 * RPC_MAX_SECRETS];
	size_t n_secrets;
	json_t *custom; /* body of their own; owned; NULL: none */
	char custom_path[256];
};

/* `text` is a bmc Machine's providerOptions.rpc, but with the secrets' values
 * in place of references: {"hmac": {"secrets": {"sha256": ["..."]}}}. */
int rpc_config_parse(struct rpc_config *config, const char *text, size_t len,
		     struct err *err) NODISCARD;
/* Wipes it. */
void rpc_config_release(struct rpc_config *config);

enum rpc_method { RPC_POWER_GET, RPC_POWER_SET, RPC_BOOT_SET, RPC_MEDIA_SET };

struct rpc_ask {
	enum rpc_method method;
	enum bmc_power_action action; /* on, off, cycle */
	struct bmc_boot boot;
	const char *media; /* "": eject */
};

/* The body of a request, and its headers, to be freed as a NULL-terminated
 * list of "Name: value" by rpc_headers_free. */
int rpc_body(const struct rpc_config *config, const struct rpc_ask *ask,
	     const char *host, int64_t id, struct buf *body,
	     struct err *err) NODISCARD;
char **rpc_headers(const struct rpc_config *config, const struct buf *body,
		   wall_ms now);
void rpc_headers_free(char **headers);

/* What came back; power only where it was asked for. */
int rpc_answer_parse(const struct rpc_ask *ask, int status, const char *body,
		     size_t len, enum bmc_power *power,
		     struct err *err) NODISCARD;

#endif
