/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/types.h"

#include <stdarg.h>
#include <stdio.h>

void boot_tell(const struct boot_ops *ops, const struct boot_event *event,
	       const char *format, ...)
{
	struct boot_event told = *event;
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (char *at = text; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	told.text = text;
	ops->saw(ops->arg, &told);
}
