-- Makes a project of one stereo track, "guitar", with a VST3 plug-in on it. No display, no sound card.
-- In the environment: PROJECT_FOLDER, PROJECT_NAME, SAMPLE_RATE, PLUGIN (its class ID in hexadecimal digits).
assert (AudioEngine:set_backend ("None (Dummy)", "", ""))
local project = assert (create_session (os.getenv ("PROJECT_FOLDER"), os.getenv ("PROJECT_NAME"),
                                        tonumber (os.getenv ("SAMPLE_RATE"))))
local plugin = ARDOUR.LuaAPI.new_plugin (project, os.getenv ("PLUGIN"), ARDOUR.PluginType.VST3, "")
assert (not plugin:isnil (), "the scanner has not found the plug-in")
local tracks = project:new_audio_track (2, 2, nil, 1, "guitar", ARDOUR.PresentationInfo.max_order,
                                        ARDOUR.TrackMode.Normal)
for track in tracks:iter () do
	assert (track:add_processor_by_index (plugin, 0, nil, true) == 0)
end
project:save_state ("")
close_session ()
