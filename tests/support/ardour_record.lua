-- Ardour without its window: makes a session in arg[1] with a MIDI track for each further argument, its name, records
-- until a line comes on standard input, and saves. Prints "port NAME" (where to play to) for each track, "connected NAME"
-- for each port that plays to the last one, "recording", then "missed" with the number of samples that Ardour missed
-- meanwhile, and "saved". An action script as arg[2] makes the track instead.
AudioEngine:set_backend("JACK", "ardour", "")
local session = create_session(arg[1], "take", 48000)
assert(session, "no session could be made")

local tracks = {}
if arg[2]:match("%.lua$") then
    Session = session
    ardour = function () end
    dofile(arg[2])
    factory()()
    for each in session:get_tracks():iter() do tracks[1] = each:to_track():to_midi_track() end
    assert(not tracks[1]:isnil(), "the action made no MIDI track")
else
    local midi = ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1)
    for number = 2, #arg do
        local made = session:new_midi_track(midi, midi, true, ARDOUR.PluginInfo(), nil, nil, 1, arg[number],
            ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
        for each in made:iter() do tracks[#tracks + 1] = each end
    end
    for _, track in ipairs(tracks) do
        track:rec_enable_control():set_value(1, PBD.GroupControlDisposition.NoGroup)
    end
end

local function wait_until(is_so, what)
    for _ = 1, 300 do
        if is_so() then return end
        ARDOUR.LuaAPI.usleep(100000)
    end
    error("waited 30 s in vain for " .. what)
end

for _, track in ipairs(tracks) do
    wait_until(function() return track:rec_enable_control():get_value() == 1 end, "the track to be armed")
end
session:maybe_enable_record()
ARDOUR.LuaAPI.usleep(500000)
session:request_roll(ARDOUR.TransportRequestSource.TRS_UI)
wait_until(function() return session:transport_rolling() and session:actively_recording() end, "recording to begin")
for _, track in ipairs(tracks) do print("port " .. track:input():nth(0):name()) end
local last = tracks[#tracks]:input():nth(0):name()
local _, connections = session:engine():get_connections("ardour:" .. last, C.StringVector())
for name in connections[2]:iter() do print("connected " .. name) end
-- Ardour counts none of the cycles that it misses under PipeWire: they are time that its samples lack.
local function at_a_new_cycle()
    local samples = AudioEngine:processed_samples()
    while AudioEngine:processed_samples() == samples do ARDOUR.LuaAPI.usleep(200) end
    return AudioEngine:processed_samples(), ARDOUR.LuaAPI.monotonic_time()
end
local first_sample, began_us = at_a_new_cycle()

print("recording")
io.stdout:flush()

io.read("l")

local last_sample, ended_us = at_a_new_cycle()
local missed_samples = (ended_us - began_us) * session:sample_rate() / 1000000 - (last_sample - first_sample)
print("missed " .. math.floor(missed_samples))

session:request_stop(false, false, ARDOUR.TransportRequestSource.TRS_UI)
wait_until(function() return not session:transport_rolling() end, "the transport to stop")
-- What was captured is written by a thread of Ardour's.
ARDOUR.LuaAPI.usleep(1500000)
session:disable_record(true, true)
session:save_state("", false, false, false, false, false)
print("saved")
io.stdout:flush()
close_session()
