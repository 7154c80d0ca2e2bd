/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>

/*
 * Memory: allocation that cannot fail, and scopes that free.
 *
 * Running out of memory ends the process: all state is in the store, and
 * the service manager starts us again. Sizes that come from outside are
 * therefore bounded before anything here is called.
 *
 *	AUTO_FREE char *path = xasprintf("%s/%s", dir, name);
 *
 *	if (use(path))
 *		return take_ptr(path);	(the caller owns it now)
 *	return NULL;			(freed)
 */

#define CLEANUP(function) __attribute__((cleanup(function)))
#define AUTO_FREE         CLEANUP(mem_free_scope)
#define NODISCARD         __attribute__((warn_unused_result))
#define PRINTF(f, a)      __attribute__((format(printf, f, a)))
#define ARRAY_LEN(array)  (sizeof(array) / sizeof((array)[0]))

#define container_of(pointer, type, member)                                    \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t max);
char *xasprintf(const char *format, ...) PRINTF(1, 2);

/* For AUTO_FREE: gets the address of the variable that leaves its scope. */
void mem_free_scope(void *variable);

/* Hand a scoped pointer over: the scope will free nothing. */
#define take_ptr(pointer)                                                      \
	({                                                                     \
		__typeof__(pointer) taken_ = (pointer);                        \
		(pointer) = NULL;                                              \
		taken_;                                                        \
	})

#endif
