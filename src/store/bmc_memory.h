/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_BMC_MEMORY_H
#define STORE_BMC_MEMORY_H

#include "base/buf.h"
#include "store/store.h"

/*
 * What was learnt of a BMC, one text for each bmc Machine, with which it goes.
 * There is a token in it: it is sealed, and no other column has any of it.
 */
#define BMC_MEMORY_MAX (64 * 1024)

/* 1: it was added to `text`, which the caller wipes; 0: there is none. */
int bmc_memory_get(struct store *store, const char *namespace, const char *name,
		   struct buf *text, struct err *err) NODISCARD;
/* ERR_NOT_FOUND when there is no such Machine (any more). */
int bmc_memory_put(struct store *store, const char *namespace, const char *name,
		   const char *text, struct err *err) NODISCARD;
/* None is no error. */
int bmc_memory_forget(struct store *store, const char *namespace,
		      const char *name, struct err *err) NODISCARD;

#endif
