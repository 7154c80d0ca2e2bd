/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/mem.h"

/*
 * The log: one line of logfmt an event, on standard error.
 *
 *	#define LOG_MODULE "dhcp"
 *	#include "base/log.h"
 *
 *	log_info("offer machine=%s ip=%s", name, ip);
 *
 * error: somebody must act. warn: we worked around something. info: a state
 * of a machine or of the daemon changed. debug: the rest. Never a secret;
 * never a packet above debug. Line breaks and control bytes in the text are
 * written as '?', so that what a machine sends cannot forge a line.
 */
enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level);
/* "error", "warn", "info", "debug"; returns 0, or -1: no such level. */
int log_level_parse(const char *name, enum log_level *level);

void log_write(enum log_level level, const char *module, const char *format,
	       ...) PRINTF(3, 4);

#define log_error(...) log_write(LOG_ERROR, LOG_MODULE, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_WARN, LOG_MODULE, __VA_ARGS__)
#define log_info(...)  log_write(LOG_INFO, LOG_MODULE, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, LOG_MODULE, __VA_ARGS__)

#endif
