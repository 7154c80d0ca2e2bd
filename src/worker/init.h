/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_INIT_H
#define WORKER_INIT_H

/*
 * Being process 1 of the hook: file systems, consoles, reaping, and the
 * worker as a child that is started again should it die. Does not return.
 */
_Noreturn void init_run(void);

#endif
