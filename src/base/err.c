/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
	[ERR_NONE] = "none",
	[ERR_INVALID] = "invalid",
	[ERR_NOT_FOUND] = "not-found",
	[ERR_EXISTS] = "exists",
	[ERR_CONFLICT] = "conflict",
	[ERR_AUTH] = "auth",
	[ERR_DENIED] = "denied",
	[ERR_UNREACHABLE] = "unreachable",
	[ERR_TIMEOUT] = "timeout",
	[ERR_PROTOCOL] = "protocol",
	[ERR_BUSY] = "busy",
	[ERR_UNSUPPORTED] = "unsupported",
	[ERR_TOO_BIG] = "too-big",
	[ERR_NO_SPACE] = "no-space",
	[ERR_MISMATCH] = "mismatch",
	[ERR_GONE] = "gone",
	[ERR_IO] = "io",
	[ERR_OUTCOME] = "outcome-unknown",
	[ERR_CANCELLED] = "cancelled",
};

const char *err_name(enum err_code code)
{
	if (code < ARRAY_LEN(names) && names[code])
		return names[code];
	return "unknown";
}

bool err_worth_retry(const struct err *err)
{
	switch (err->code) {
	case ERR_UNREACHABLE:
	case ERR_TIMEOUT:
	case ERR_BUSY:
	case ERR_PROTOCOL:
	case ERR_IO:
		return true;
	default:
		return false;
	}
}

static enum err_code code_of_errno(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return ERR_NOT_FOUND;
	case EEXIST:
		return ERR_EXISTS;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_DENIED;
	case ENOSPC:
	case EDQUOT:
		return ERR_NO_SPACE;
	case ETIMEDOUT:
		return ERR_TIMEOUT;
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case ENETUNREACH:
		return ERR_UNREACHABLE;
	case EBUSY:
		return ERR_BUSY;
	default:
		return ERR_IO;
	}
}

int err_set(struct err *err, enum err_code code, const char *format, ...)
{
	va_list args;

	err->code = code;
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	return -1;
}

int err_errno(struct err *err, int errnum, const char *format, ...)
{
	va_list args;
	size_t used;

	err->code = code_of_errno(errnum);
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);

	used = strlen(err->message);
	snprintf(err->message + used, sizeof(err->message) - used, ": %s",
		 strerror(errnum));
	return -1;
}

int err_wrap(struct err *err, const char *format, ...)
{
	char inner[sizeof(err->message)];
	va_list args;
	size_t used;

	memcpy(inner, err->message, sizeof(inner));
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);

	used = strlen(err->message);
	snprintf(err->message + used, sizeof(err->message) - used, ": %s",
		 inner);
	return -1;
}
