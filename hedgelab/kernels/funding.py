"""Funding: the transfer between longs and shorts, one plain function per question."""

from hedgelab.kernels.words import clamp, select


def funding_rate(premium, basis, rule):
    """Rate paid at one stamp, positive when longs pay shorts. [1/interval]"""
    average = select(rule.last_premium, basis, premium)
    rate = average + clamp(rule.interest - average, -rule.dead_zone, rule.dead_zone)
    return clamp(rate, -rule.cap, rule.cap) * (rule.interval / 480.0)


def funding_payment(quantity, reference_price, funding_rate):
    """Cash received (+) or paid (-) at one stamp. [quote]"""
    return -(quantity * reference_price * funding_rate)
