/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_SERIAL_PLAN_H
#define STORE_SERIAL_PLAN_H

#include "base/json.h"

/*
 * A machine's serial number, by which it is known again when it boots by a
 * network card that nobody wrote down. Pure.
 */
#define SERIAL_TEXT 128

/* In capitals, without spaces around; "": firmware that was never told its
 * number, whose words are those of a thousand other machines. */
void serial_clean(const char *text, char out[SERIAL_TEXT]);

/* Of a Hardware object: its annotation or label tomte.dev/serial, or what its
 * worker reported of its product. */
void serial_of(const json_t *hardware, char out[SERIAL_TEXT]);

#endif
