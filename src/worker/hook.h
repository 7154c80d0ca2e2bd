/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_HOOK_H
#define WORKER_HOOK_H

#include "worker/agent.h"

/*
 * The worker's life inside the hook, as a child of process 1: drivers,
 * network, configuration, then the loop of worker.h, then the restart.
 */
_Noreturn void hook_run(void);

#endif
