import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOpen } from '../src/shared/hours.js';

/** 25 November 2026 is a Wednesday. */
const at = (time, day = 25) => new Date(`2026-11-${day}T${time}:00Z`);

/** Whether a business with these hours on each day is open at these times. */
const through = (hours, times) => times.map((time) => isOpen({ tue: hours, wed: hours, thu: hours }, 'UTC', at(time)));

test('nine to five is read however it is written', () => {
    const forms = ['09:00-17:00', '9:00 AM - 5:00 PM', '9am–5pm', '9 a.m. to 5 p.m.', '09.00 - 17.00', '9h-17h', '09:00:00-17:00:00',
        { open: '09:00', close: '17:00' }, { start: '9:00 AM', end: '5:00 PM' }, { from: 9, to: 17 }, { closed: false, open: '09:00', close: '17:00' },
        { enabled: true, start: '09:00', end: '17:00' }, { open: '9 AM', close: '5 PM' },
        ['09:00', '17:00'], ['09:00-17:00'], [['09:00', '17:00']], [{ open: '09:00', close: '17:00' }]];
    for (const form of forms) {
        const open = through(form, ['08:59', '09:00', '12:30', '16:59', '17:00', '23:59']);
        assert.deepEqual(open, [false, true, true, true, false, false], JSON.stringify(form));
    }
});

test('a day may have several spans', () => {
    const forms = ['09:00-12:00, 13:30-17:00', '9-12, 1:30 PM - 5 PM', [['09:00', '12:00'], ['13:30', '17:00']], ['09:00-12:00', '13:30-17:00'],
        [{ open: '09:00', close: '12:00' }, { start: '13:30', end: '17:00' }]];
    for (const form of forms) {
        assert.deepEqual(through(form, ['11:59', '12:00', '13:29', '13:30', '16:59', '17:00']), [true, false, false, true, true, false], JSON.stringify(form));
    }
});

test('noon and midnight are what they are on a clock with two halves', () => {
    assert.deepEqual(through('12 PM - 12:30 PM', ['00:15', '11:59', '12:00', '12:30']), [false, false, true, false]);
    assert.deepEqual(through('12 AM - 1 AM', ['00:00', '00:59', '01:00', '12:30']), [true, true, false, false]);
    assert.deepEqual(through('00:00-24:00', ['00:00', '23:59']), [true, true]);
});

test('a closed day is written in many ways, and one that is not named is closed', () => {
    const forms = [null, false, 'closed', 'Closed', '', ' ', '-', [], { closed: true }, { enabled: false },
        { open: null, close: null }, { start: '', end: '' }, { closed: true, open: '09:00', close: '17:00' }];
    for (const form of forms) {
        assert.equal(isOpen({ wed: form }, 'UTC', at('10:00')), false, JSON.stringify(form));
    }
    assert.equal(isOpen({ thu: '9-17' }, 'UTC', at('10:00')), false);
});

test('a span over midnight belongs to the day that it began on', () => {
    const night = { wednesday: '22:00-02:00' };
    assert.equal(isOpen(night, 'UTC', at('21:59')), false);
    assert.equal(isOpen(night, 'UTC', at('22:00')), true);
    assert.equal(isOpen(night, 'UTC', at('01:59', 26)), true);
    assert.equal(isOpen(night, 'UTC', at('02:00', 26)), false);
    assert.equal(isOpen(night, 'UTC', at('01:00')), false);
    assert.equal(isOpen({ sat: '8 PM - 1 AM' }, 'UTC', at('00:30', 29)), true, 'from Saturday into Sunday');
});

test('days have their English names, in full or cut, alone or as a range', () => {
    for (const key of ['wednesday', 'Wednesday', 'WED', 'wednes', 'mon-fri', 'Monday – Friday', 'tue-wed', 'sat-wed', 'mon-sun']) {
        assert.equal(isOpen({ [key]: '9-17' }, 'UTC', at('10:00')), true, key);
    }
    for (const key of ['thu', 'sat-tue', 'sunday', 'thu-sat']) {
        assert.equal(isOpen({ [key]: '9-17' }, 'UTC', at('10:00')), false, key);
    }
    assert.equal(isOpen({ wed: '9-17', note: 'ring twice', holidays: 'closed', updated: 7 }, 'UTC', at('10:00')), true);
});

test('the time is that of the zone, also where clocks have changed', () => {
    const hours = { wednesday: '09:00-17:00', sunday: '09:00-17:00' };
    assert.equal(isOpen(hours, 'America/New_York', at('13:59')), false);
    assert.equal(isOpen(hours, 'America/New_York', at('14:00')), true);
    assert.equal(isOpen(hours, 'Asia/Kolkata', at('03:30')), true);
    assert.equal(isOpen(hours, 'Asia/Kolkata', at('03:29')), false);
    assert.equal(isOpen(hours, 'Pacific/Auckland', new Date('2026-11-24T21:00:00Z')), true, 'Wednesday there already');
    assert.equal(isOpen(hours, 'America/New_York', new Date('2026-10-25T13:00:00Z')), true, 'summer time');
    assert.equal(isOpen(hours, 'America/New_York', new Date('2026-11-01T13:00:00Z')), false, 'winter time since that morning');
});

test('where nobody can say, nothing is said', () => {
    const unreadable = [undefined, null, true, 7, '', 'Mon-Fri 9-17', [], [['09:00', '17:00']], {}, { hours: {} }, { note: 'x' }, { enabled: false, wed: '9-17' }];
    for (const hours of unreadable) {
        assert.equal(isOpen(hours, 'UTC', at('10:00')), null, JSON.stringify(hours));
    }
    const days = ['by appointment', '9', '9-', '-5', '9-10-11', '1-5 PM', '9 AM - 5', '25:00-26:00', '08:60-10:00', '13 PM - 3 PM', '20:00-24:01', '0 AM - 1 AM', '09:00-09:00', '00:00-00:00', true, 7,
        {}, { open: '09:00' }, { closed: false }, { open: true, close: true }, { open: {}, close: [] }, ['09:00'], [['09:00', 'x']], ['09:00-12:00', 'x'], [[[]], 7]];
    for (const day of days) {
        assert.equal(isOpen({ tue: 'closed', wed: day }, 'UTC', at('10:00')), null, JSON.stringify(day));
    }
    for (const zone of [undefined, null, '', 'Nowhere/Else', 'x'.repeat(10_000)]) {
        assert.equal(isOpen({ wed: '9-17' }, zone, at('10:00')), null, String(zone).slice(0, 20));
    }
});

test('hours of days with unknown names make the rest uncertain', () => {
    for (const key of ['weekdays', 'm', 'we', 'holidays-fri', 'mon-holidays', 'mon-tue-fri']) {
        assert.equal(isOpen({ [key]: '9-17', sat: '9-17' }, 'UTC', at('10:00')), null, key);
    }
});

test('a day that cannot be read leaves the others as they are', () => {
    const hours = { tue: 'by appointment', wed: '9-17', thu: '9-17', fri: '9-17' };
    assert.equal(isOpen(hours, 'UTC', at('10:00')), true);
    assert.equal(isOpen(hours, 'UTC', at('10:00', 26)), true);
    assert.equal(isOpen(hours, 'UTC', at('20:00', 26)), false);
    assert.equal(isOpen(hours, 'UTC', at('08:00')), null, 'it may be open since yesterday');
});
