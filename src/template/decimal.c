/* SPDX-License-Identifier: Apache-2.0 */
#include "template/decimal.h"

#include <openssl/bn.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "template/value.h"

#define PLACES 16 /* of a quotient */

/* digits * 10^exponent */
struct decimal {
	BIGNUM *digits;
	long exponent;
	BN_CTX *context;
};

/* OpenSSL fails here for want of memory only. */
static void must(int status)
{
	if (!status)
		abort();
}

static BIGNUM *read_digits(double value, long *exponent)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64);
	char digits[32];
	BIGNUM *number = NULL;
	size_t n = 0;
	char *e;

	value_print_real(&text, value, 'e', -1);
	e = strchr(text.base, 'e');
	*exponent = e ? strtol(e + 1, NULL, 10) : 0;
	for (const char *at = text.base; at < e; at++) {
		if (*at == '.')
			*exponent -= e - at - 1;
		else
			digits[n++] = *at;
	}
	digits[n] = '\0';
	must(BN_dec2bn(&number, digits));
	return number;
}

struct decimal *decimal_new(double value)
{
	struct decimal *decimal = xcalloc(1, sizeof(*decimal));

	decimal->context = BN_CTX_new();
	must(decimal->context != NULL);
	decimal->digits = read_digits(value, &decimal->exponent);
	return decimal;
}

void decimal_free(struct decimal *decimal)
{
	if (!decimal)
		return;
	BN_free(decimal->digits);
	BN_CTX_free(decimal->context);
	free(decimal);
}

/* number *= 10^power */
static void shift(struct decimal *decimal, BIGNUM *number, long power)
{
	BIGNUM *ten = BN_new();
	BIGNUM *exponent = BN_new();

	must(ten && exponent && BN_set_word(ten, 10) &&
	     BN_set_word(exponent, (BN_ULONG)power) &&
	     BN_exp(ten, ten, exponent, decimal->context) &&
	     BN_mul(number, number, ten, decimal->context));
	BN_free(ten);
	BN_free(exponent);
}

/* Both to the smaller exponent of the two. */
static void align(struct decimal *decimal, BIGNUM *other, long *exponent)
{
	if (*exponent > decimal->exponent) {
		shift(decimal, other, *exponent - decimal->exponent);
		*exponent = decimal->exponent;
	} else if (decimal->exponent > *exponent) {
		shift(decimal, decimal->digits, decimal->exponent - *exponent);
		decimal->exponent = *exponent;
	}
}

/* To the nearest with so many places; a half goes away from zero. */
static void divide(struct decimal *decimal, BIGNUM *by, long exponent)
{
	BIGNUM *number = decimal->digits;
	BIGNUM *rest = BN_new();
	bool negative = BN_is_negative(number) != BN_is_negative(by);
	long power = decimal->exponent - exponent + PLACES;

	must(rest != NULL);
	if (power >= 0)
		shift(decimal, number, power);
	else
		shift(decimal, by, -power);
	must(BN_div(number, rest, number, by, decimal->context));
	must(BN_lshift1(rest, rest));
	if (BN_ucmp(rest, by) >= 0)
		must(negative ? BN_sub_word(number, 1)
			      : BN_add_word(number, 1));
	BN_free(rest);
	decimal->exponent = -PLACES;
}

bool decimal_apply(struct decimal *decimal, char sign, double value)
{
	long exponent;
	BIGNUM *other = read_digits(value, &exponent);
	bool possible = sign != '/' || !BN_is_zero(other);

	if (sign == '*') {
		must(BN_mul(decimal->digits, decimal->digits, other,
			    decimal->context));
		decimal->exponent += exponent;
	} else if (sign != '/') {
		align(decimal, other, &exponent);
		must((sign == '+' ? BN_add : BN_sub)(decimal->digits,
						     decimal->digits, other));
	} else if (possible) {
		divide(decimal, other, exponent);
	}
	BN_free(other);
	return possible;
}

double decimal_value(const struct decimal *decimal)
{
	char *digits = BN_bn2dec(decimal->digits);
	AUTO_FREE char *text = NULL;

	must(digits != NULL);
	text = xasprintf("%se%ld", digits, decimal->exponent);
	OPENSSL_free(digits);
	return strtod(text, NULL);
}
