-- Not tried in REAPER: written to the documentation of ReaScript. Please tell us what happens.
-- Makes a track that records from the port of musicgen-live, arms it, and puts the newest take beside it.

local NAME = "musicgen-live"

-- Return the number of the first MIDI input whose name contains a text; nil if there is none.
local function input_named(text)
  for number = 0, reaper.GetNumMIDIInputs() - 1 do
    local is_there, name = reaper.GetMIDIInputName(number, "")
    if is_there and name:lower():find(text:lower(), 1, true) then return number end
  end
end

-- Return the path of the newest take of a folder; nil if it has none. The name of a take begins with its time.
local function newest_take(folder)
  local newest
  local index = 0
  local name = reaper.EnumerateFiles(folder, index)
  while name do
    if name:match("^%d%d%d%d%-.*%.mid$") and (not newest or name > newest) then newest = name end
    index = index + 1
    name = reaper.EnumerateFiles(folder, index)
  end
  return newest and folder .. "/" .. newest
end

local function new_track(name)
  local index = reaper.CountTracks(0)
  reaper.InsertTrackAtIndex(index, true)
  local track = reaper.GetTrack(0, index)
  reaper.GetSetMediaTrackInfo_String(track, "P_NAME", name, true)
  return track
end

local port = reaper.GetExtState(NAME, "port")
local folder = reaper.GetExtState(NAME, "takes")
local is_given, answers = reaper.GetUserInputs(NAME, 2, "MIDI input (a part of its name),Folder of takes (or empty),extrawidth=240",
  (port == "" and NAME or port) .. "," .. folder)
if not is_given then return end
port, folder = answers:match("^([^,]*),(.*)$")
reaper.SetExtState(NAME, "port", port, true)
reaper.SetExtState(NAME, "takes", folder, true)

local number = input_named(port)
if not number then
  reaper.MB("No MIDI input has " .. port .. " in its name. Enable it in Preferences, MIDI Devices; musicgen-live ports lists the names.", NAME, 0)
  return
end

reaper.Undo_BeginBlock()
local live = new_track(NAME)
-- 4096 says MIDI; the device is in the bits from 32 on, and the channel below, where 0 is all.
reaper.SetMediaTrackInfo_Value(live, "I_RECINPUT", 4096 + 32 * number)
reaper.SetMediaTrackInfo_Value(live, "I_RECMON", 1)
reaper.SetMediaTrackInfo_Value(live, "I_RECARM", 1)
local take = folder ~= "" and newest_take(folder)
if take then
  reaper.SetOnlyTrackSelected(new_track(NAME .. " take"))
  reaper.SetEditCurPos(0, false, false)
  reaper.InsertMedia(take, 0)
end
reaper.Undo_EndBlock("musicgen-live track", -1)
